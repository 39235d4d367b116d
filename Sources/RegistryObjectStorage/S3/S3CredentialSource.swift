//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Where credentials come from.
package protocol S3CredentialSource: Sendable {
    /// - Returns: nil where this is no source here.
    func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials?
}

/// Credentials that are told outright.
package struct S3FixedCredentials: S3CredentialSource {
    private let credentials: S3Credentials

    package init(_ credentials: S3Credentials) { self.credentials = credentials }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? { credentials }
}

extension RenewedSecret<S3Credentials> {
    /// - Parameter sources: the first that has any is used.
    package init(_ sources: [any S3CredentialSource]) {
        self.init { time throws(ObjectStoreError) in
            for source in sources {
                if let found = try await source.credentials(at: time) { return Grant(found, expiry: found.expiry) }
            }
            throw ObjectStoreError(
                .denied,
                "no credentials: none in the configuration, the environment or a file, and nobody who gives them out"
            )
        }
    }
}
