//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryModel

/// What others may want to hear of: that something was pushed, mounted, deleted or pulled.
package struct StorageEvent: Sendable, Equatable {
    /// By the names that distribution gives them.
    package enum Action: String, Sendable, CaseIterable {
        case pull, push, mount, delete
    }

    package var action: Action
    package var repository: RepositoryName
    /// What it is about; of a tag that is deleted only its name is known, of other deletions only the digest.
    package var subject: Subject
    /// The repository that a mounted blob comes from.
    package var source: RepositoryName?
    /// The manifest that it is about, for who tells what that refers to.
    package var manifest: ByteBuffer?

    package enum Subject: Sendable, Equatable {
        /// - Parameter tag: by which it was pushed or pulled; nil if by digest.
        case manifest(Descriptor, tag: Tag?)
        case blob(Descriptor)
        case deletedManifest(Digest)
        case deletedBlob(Digest)
        case deletedTag(Tag)
    }

    package init(
        _ action: Action,
        _ subject: Subject,
        in repository: RepositoryName,
        from source: RepositoryName? = nil,
        manifest: ByteBuffer? = nil
    ) {
        self.action = action
        self.subject = subject
        self.repository = repository
        self.source = source
        self.manifest = manifest
    }
}

/// The request that a change or an event comes from, as far as others are told of it.
package struct RequestOrigin: Sendable, Equatable {
    /// The client's address, with its port where it is known.
    package var address: String
    /// The host that the client asked for.
    package var host: String
    package var method: String
    package var userAgent: String
    /// What comes before `/v2/` in addresses: scheme, host and prefix; only the prefix where links are relative.
    package var baseAddress: String
    /// The request's own span, as a text that `TraceContext.Link` reads.
    package var trace: String

    package init(
        address: String,
        host: String,
        method: String,
        userAgent: String,
        baseAddress: String,
        trace: String
    ) {
        self.address = address
        self.host = host
        self.method = method
        self.userAgent = userAgent
        self.baseAddress = baseAddress
        self.trace = trace
    }
}
