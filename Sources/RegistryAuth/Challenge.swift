//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The `WWW-Authenticate` header (RFC 9110 §11.6.1).
enum Challenge {
    /// A text as a quoted string.
    static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// Asks for a token (RFC 6750 §3, and the specification of Docker's token servers).
    /// - Parameters:
    ///   - scope: what the token must be good for; empty for nothing.
    ///   - error: what is wrong with the one that was sent; nil if none was.
    static func bearer(realm: String, service: String, scope: String, error: String? = nil) -> String {
        var text = "Bearer realm=\(quoted(realm)),service=\(quoted(service))"
        if !scope.isEmpty { text += ",scope=\(quoted(scope))" }
        if let error { text += ",error=\(quoted(error))" }
        return text
    }
}
