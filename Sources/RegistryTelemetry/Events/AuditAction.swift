//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What makes a request worth an auditor's attention, as log field `audit`.
package enum AuditAction: String, Sendable, CaseIterable {
    /// Credentials were missing, wrong or not enough.
    case denied
    /// Content or a part of an upload was taken in.
    case written
    /// Content, a tag or an upload was removed.
    case deleted

    /// What stands in the catalogue beside the events: denials, writes and deletions have a `MESSAGE_ID` too.
    package var facts: EventFacts {
        switch self {
        case .denied:
            EventFacts(
                "3e81a1df40b44c1395db891cb479aba6",
                nil,
                "request",
                metric: "registry_http_requests_total",
                meaning: """
                    A request was answered 401 or 403: credentials were missing, wrong, or not good for what was asked. \
                    Clients that get tokens are answered 401 once before they bring one.
                    """,
                action: """
                    Nothing, if it is the first request of a client that signs in. If one address is denied again and \
                    again, look at its user, auth_reason and remote_addr.
                    """
            )
        case .written:
            EventFacts(
                "adf26a4996a54c5a88bfe39d2c8e5cb3",
                nil,
                "request",
                metric: "registry_http_requests_total",
                meaning:
                    "A request changed the registry: a blob, a manifest, a tag or a part of an upload was taken in.",
                action: "Nothing. It is kept to tell who put what where."
            )
        case .deleted:
            EventFacts(
                "ec074998412145e79e9ec96517a07467",
                nil,
                "request",
                metric: "registry_http_requests_total",
                meaning: "A request removed a manifest, a tag, the link to a blob, or an upload.",
                action: "Nothing. It is kept to tell who removed what."
            )
        }
    }
}

extension RequestRecord {
    /// Why this request belongs into an audit log; nil for those that do not.
    package var auditAction: AuditAction? {
        switch (result, methodName) {
        case (401, _), (403, _): .denied
        case (200..<300, .put), (200..<300, .post), (200..<300, .patch): .written
        case (200..<300, .delete): .deleted
        default: nil
        }
    }
}
