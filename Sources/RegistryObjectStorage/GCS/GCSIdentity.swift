//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Who the registry is to Google.
package protocol GCSIdentity: Sendable {
    /// A token that was just given out.
    /// - Throws: `denied`; `clockSkew` if the clocks differ, with the server's time set in the clock that is given.
    func token(_ clock: StoreClock) async throws(ObjectStoreError) -> GCSToken

    /// The service account that signs addresses; nil where there is none.
    func account() async throws(ObjectStoreError) -> String?

    /// Signs for the account: RSA, PKCS #1 v1.5, SHA-256.
    func sign(_ text: String, _ token: String) async throws(ObjectStoreError) -> [UInt8]
}

/// A token of access for a time.
package typealias GCSToken = RenewedSecret<String>.Grant
