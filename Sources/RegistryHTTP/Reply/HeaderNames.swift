//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes

extension HTTPField.Name {
    /// A name from the source, known to be a token.
    private static func literal(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
        return name
    }

    static let apiVersion = literal("Docker-Distribution-Api-Version")
    static let contentDigest = literal("Docker-Content-Digest")
    static let uploadUUID = literal("Docker-Upload-UUID")
    static let requestID = literal("X-Request-Id")
    static let ociSubject = literal("OCI-Subject")
    static let ociTag = literal("OCI-Tag")
    static let ociFiltersApplied = literal("OCI-Filters-Applied")
    static let link = literal("Link")
    static let forwarded = literal("Forwarded")
    static let xForwardedHost = literal("X-Forwarded-Host")
    static let xForwardedProto = literal("X-Forwarded-Proto")
    static let xForwardedFor = literal("X-Forwarded-For")
    static let traceparent = literal("traceparent")
    static let tracestate = literal("tracestate")
    static let traceresponse = literal("traceresponse")
    static let expectation = literal("Expect")
}
