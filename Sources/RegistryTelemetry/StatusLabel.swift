//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The status codes that the registry answers with, as metric label `code`; 499 is a client that went away.
package enum StatusLabel: String, Sendable, CaseIterable {
    case ok = "200"
    case created = "201"
    case accepted = "202"
    case noContent = "204"
    case partialContent = "206"
    case movedPermanently = "301"
    case notModified = "304"
    case temporaryRedirect = "307"
    case badRequest = "400"
    case unauthorized = "401"
    case forbidden = "403"
    case notFound = "404"
    case methodNotAllowed = "405"
    case requestTimeout = "408"
    case conflict = "409"
    case lengthRequired = "411"
    case contentTooLarge = "413"
    case uriTooLong = "414"
    case rangeNotSatisfiable = "416"
    case tooManyRequests = "429"
    case headerFieldsTooLarge = "431"
    case clientClosedRequest = "499"
    case internalServerError = "500"
    case serviceUnavailable = "503"
    case insufficientStorage = "507"
    /// Any other; a test sees to it that there is none.
    case other

    package init(_ code: Int) {
        self =
            switch code {
            case 200: .ok
            case 201: .created
            case 202: .accepted
            case 204: .noContent
            case 206: .partialContent
            case 301: .movedPermanently
            case 304: .notModified
            case 307: .temporaryRedirect
            case 400: .badRequest
            case 401: .unauthorized
            case 403: .forbidden
            case 404: .notFound
            case 405: .methodNotAllowed
            case 408: .requestTimeout
            case 409: .conflict
            case 411: .lengthRequired
            case 413: .contentTooLarge
            case 414: .uriTooLong
            case 416: .rangeNotSatisfiable
            case 429: .tooManyRequests
            case 431: .headerFieldsTooLarge
            case 499: .clientClosedRequest
            case 500: .internalServerError
            case 503: .serviceUnavailable
            case 507: .insufficientStorage
            default: .other
            }
    }
}
