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

/// The credentials in use: asked for once, and again before they expire.
package actor S3CredentialCache {
    private let sources: [any S3CredentialSource]
    private var current: S3Credentials?
    /// Who asks the sources; others wait for the same answer.
    private var asking: Task<Result<S3Credentials?, ObjectStoreError>, Never>?

    /// So long before they expire, others are asked for.
    private static let margin: Int64 = 5 * 60 * 1_000_000

    /// - Parameter sources: the first that has any is used.
    package init(_ sources: [any S3CredentialSource]) { self.sources = sources }

    /// - Returns: nil for requests without a signature.
    func current(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        if let current, current.expiry.map({ $0.microseconds - time.microseconds > Self.margin }) ?? true {
            return current
        }
        let task: Task<Result<S3Credentials?, ObjectStoreError>, Never>
        if let asking {
            task = asking
        } else {
            // Kept here and waited for; of its own, so that a request that is given up takes nobody's answer with it.
            task = Task { [sources] in
                do throws(ObjectStoreError) { return .success(try await Self.ask(sources, time)) } catch {
                    return .failure(error)
                }
            }
            asking = task
        }
        let result = await task.value
        asking = nil
        switch result {
        case .success(let found):
            current = found
            return found
        case .failure(let error):
            // Those at hand may be good for minutes yet.
            if let current, let expiry = current.expiry, expiry.microseconds > time.microseconds { return current }
            throw error
        }
    }

    private static func ask(_ sources: [any S3CredentialSource], _ time: WallTime) async throws(ObjectStoreError)
        -> S3Credentials?
    {
        for source in sources {
            if let found = try await source.credentials(at: time) { return found }
        }
        throw ObjectStoreError(
            .denied,
            "no credentials: none in the configuration, the environment or a file, and nobody who gives them out"
        )
    }

    /// The store does not take them any more.
    func expire() { current = nil }
}

/// Credentials that are told outright, or none, for buckets that anybody may use.
package struct S3FixedCredentials: S3CredentialSource {
    private let credentials: S3Credentials

    package init(_ credentials: S3Credentials) { self.credentials = credentials }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? { credentials }
}
