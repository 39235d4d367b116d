//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What went wrong, in the terms of the wire: one entry of the OCI error envelope.
///
/// `detail` goes to the client and to the log; `cause` goes to the log only, so it may name paths and system errors.
package struct RegistryError: Error, Sendable, Equatable {
    package let code: ErrorCode
    /// The HTTP status; the code's own unless the case at hand has a better one.
    package let status: Int
    package let detail: String?
    package let cause: String?
    /// The upload goes on from this offset in bytes; answered as `Range` beside the error.
    package var uploadOffset: Int64?
    /// The methods answered as `Allow` beside a 405.
    package var allowedMethods: String?
    /// The whole size in bytes, answered as `Content-Range: bytes */size` beside a 416 of a download.
    package var contentSize: Int64?
    /// Seconds, answered as `Retry-After`; nil for what the status has.
    package var retryAfter: Int?
    /// What a client must prove, answered as `WWW-Authenticate` beside a 401.
    package var challenge: String?
    /// It is about what is pushed, and not about who does: no decision about a user.
    package var isAboutContent = false
    /// The connection cannot be used further: the body was not read, or cannot be told from the next request.
    package var closesConnection = false

    package init(_ code: ErrorCode, status: Int? = nil, detail: String? = nil, cause: String? = nil) {
        self.code = code
        self.status = status ?? code.status
        self.detail = detail
        self.cause = cause
    }
}

extension RegistryError {
    package static func digestInvalid(_ detail: String) -> Self { .init(.digestInvalid, detail: detail) }
    package static func manifestInvalid(_ detail: String) -> Self { .init(.manifestInvalid, detail: detail) }
    package static func nameInvalid(_ detail: String) -> Self { .init(.nameInvalid, detail: detail) }
    package static func tagInvalid(_ detail: String) -> Self { .init(.tagInvalid, detail: detail) }

    package static func nameUnknown(_ name: RepositoryName) -> Self {
        .init(.nameUnknown, detail: "repository \(name)")
    }

    /// A tag that the policy has set once and for all.
    package static func tagImmutable(_ tag: Tag) -> Self {
        .init(.denied, detail: "the tag \(tag) is immutable")
    }

    /// A chunk that does not start where the upload stands.
    ///
    /// The upload is kept.
    /// - Parameter offset: bytes the upload has.
    package static func outOfOrder(offset: Int64) -> Self {
        var error = RegistryError(.rangeInvalid, detail: "the upload has \(offset) bytes; the next chunk starts there")
        error.uploadOffset = offset
        return error
    }
}
