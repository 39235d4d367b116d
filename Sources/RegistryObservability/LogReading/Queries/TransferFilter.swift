//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Only what concerns a repository, or one tag or digest in it.
package struct TransferFilter: Sendable, Equatable {
    package let repository: String
    let object: String?
    /// Whether ``object`` is a tag and not a digest.
    let isTag: Bool

    /// Understands what is asked for.
    /// - Parameter text: `library/alpine`, `library/alpine:3.20` or `library/alpine@sha256:…`.
    /// - Throws: `RegistryError` if a repository, tag or digest cannot have that name.
    package init(_ text: String) throws(RegistryError) {
        if let at = text.firstIndex(of: "@") {
            self.object = try Digest(text[text.index(after: at)...]).description
            self.isTag = false
            self.repository = try RepositoryName(text[..<at]).description
        } else if let colon = text.lastIndex(of: ":"), !text[colon...].contains("/") {
            self.object = try Tag(text[text.index(after: colon)...]).description
            self.isTag = true
            self.repository = try RepositoryName(text[..<colon]).description
        } else {
            self.object = nil
            self.isTag = false
            self.repository = try RepositoryName(text).description
        }
    }
}
