//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The codes of the error envelope, with their usual status and text.
///
/// Sources: OCI distribution specification, "Error codes", and the codes that distribution adds to them. The last group
/// is Plimsoll's own.
package enum ErrorCode: String, Sendable, CaseIterable {
    case blobUnknown = "BLOB_UNKNOWN"
    case blobUploadInvalid = "BLOB_UPLOAD_INVALID"
    case blobUploadUnknown = "BLOB_UPLOAD_UNKNOWN"
    case digestInvalid = "DIGEST_INVALID"
    case manifestBlobUnknown = "MANIFEST_BLOB_UNKNOWN"
    case manifestInvalid = "MANIFEST_INVALID"
    case manifestUnknown = "MANIFEST_UNKNOWN"
    case nameInvalid = "NAME_INVALID"
    case nameUnknown = "NAME_UNKNOWN"
    case sizeInvalid = "SIZE_INVALID"
    case unauthorized = "UNAUTHORIZED"
    case denied = "DENIED"
    case unsupported = "UNSUPPORTED"
    case tooManyRequests = "TOOMANYREQUESTS"

    case paginationNumberInvalid = "PAGINATION_NUMBER_INVALID"
    case rangeInvalid = "RANGE_INVALID"
    case tagInvalid = "TAG_INVALID"
    case unavailable = "UNAVAILABLE"
    case unknown = "UNKNOWN"

    /// No such route.
    case notFound = "NOT_FOUND"
    /// The request breaks HTTP itself, or a limit on it.
    case requestInvalid = "REQUEST_INVALID"
    /// The storage has no room, or less than its reserve.
    case storageFull = "STORAGE_FULL"

    /// The status a client gets unless the error says otherwise.
    package var status: Int {
        switch self {
        case .blobUnknown, .blobUploadInvalid, .blobUploadUnknown, .manifestUnknown, .nameUnknown, .notFound: 404
        case .digestInvalid, .manifestBlobUnknown, .manifestInvalid, .nameInvalid, .paginationNumberInvalid,
            .requestInvalid, .sizeInvalid, .tagInvalid:
            400
        case .unauthorized: 401
        case .denied: 403
        case .unsupported: 405
        case .rangeInvalid: 416
        case .tooManyRequests: 429
        case .unknown: 500
        case .unavailable: 503
        case .storageFull: 507
        }
    }

    /// The constant text of the envelope's `message`.
    package var message: String {
        switch self {
        case .blobUnknown: "blob unknown to registry"
        case .blobUploadInvalid: "blob upload invalid"
        case .blobUploadUnknown: "blob upload unknown to registry"
        case .digestInvalid: "provided digest did not match uploaded content"
        case .manifestBlobUnknown: "manifest references a manifest or blob unknown to registry"
        case .manifestInvalid: "manifest invalid"
        case .manifestUnknown: "manifest unknown to registry"
        case .nameInvalid: "invalid repository name"
        case .nameUnknown: "repository name not known to registry"
        case .sizeInvalid: "provided length did not match content length"
        case .unauthorized: "authentication required"
        case .denied: "requested access to the resource is denied"
        case .unsupported: "the operation is unsupported"
        case .tooManyRequests: "too many requests"
        case .paginationNumberInvalid: "invalid number of results requested"
        case .rangeInvalid: "invalid content range"
        case .tagInvalid: "invalid tag name"
        case .unavailable: "service unavailable"
        case .unknown: "unknown error"
        case .notFound: "no such route"
        case .requestInvalid: "the request cannot be understood"
        case .storageFull: "the registry's storage is full"
        }
    }
}
