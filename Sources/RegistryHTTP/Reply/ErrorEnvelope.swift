//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel

/// The one place where an error becomes an answer.
///
/// Source: OCI distribution specification, "Error codes": `{"errors":[{"code","message","detail"}]}`.
enum ErrorEnvelope {
    static func reply(_ error: RegistryError) -> Reply {
        let entry = JSONText.object([
            ("code", .string(error.code.rawValue)),
            ("message", .string(error.code.message)),
            ("detail", error.detail.map(JSONText.string)),
        ])
        var reply = Reply(error.status, json: .object([("errors", .array([entry]))]))
        if let offset = error.uploadOffset { reply.headers[.range] = UploadRange.text(offset) }
        if let size = error.contentSize { reply.headers[.contentRange] = "bytes */\(size)" }
        if let methods = error.allowedMethods { reply.headers[.allow] = methods }
        if let challenge = error.challenge { reply.headers[.wwwAuthenticate] = challenge }
        if error.closesConnection { reply.headers[.connection] = "close" }
        if let seconds = error.retryAfter {
            reply.headers[.retryAfter] = String(seconds)
        } else if error.status == 503 || error.status == 507 {
            reply.headers[.retryAfter] = "30"
        }
        return reply
    }
}

/// The `Range` of an upload's answers.
enum UploadRange {
    /// `0-<last byte>`; `0-0` both for no byte and for one, as every registry has it.
    static func text(_ offset: Int64) -> String { "0-\(max(0, offset - 1))" }
}
