//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel

/// What a server can do, as it tells anybody.
///
/// Source: OpenStack Object Storage API v1, "List activated capabilities".
package struct SwiftFeatures: Sendable {
    /// How addresses are signed; nil where they are not.
    package var temporaryURLs: SwiftTemporaryURL.SignatureDigest? = .sha256

    /// - Parameter storageURL: of the account, on the same server.
    static func ask(_ storageURL: String, _ http: BackendHTTP) async -> SwiftFeatures {
        let parts = storageURL.split(separator: "/", omittingEmptySubsequences: false).prefix(3)
        let message = BackendMessage("GET", parts.joined(separator: "/") + "/info")
        // Some servers keep it to themselves; they are taken to be as servers of today are.
        guard let answer = try? await http.send(message, within: .seconds(10)), answer.status == 200,
            let content = try? StrictJSON(Array(answer.body.readableBytesView))
        else { return SwiftFeatures() }
        return SwiftFeatures(content)
    }

    private init() {}

    init(_ content: StrictJSON) {
        guard let part = content["tempurl"] else {
            temporaryURLs = nil
            return
        }
        // Servers that do not say which know one.
        let allowed = part["allowed_digests"]?.array?.compactMap(\.string) ?? ["sha1"]
        temporaryURLs = SwiftTemporaryURL.SignatureDigest.allCases.first { allowed.contains($0.rawValue) }
    }
}
