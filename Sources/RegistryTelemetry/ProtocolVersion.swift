//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The version of HTTP that a request came in; the raw value is OpenTelemetry's `network.protocol.version`.
package enum ProtocolVersion: String, Sendable, CaseIterable {
    /// HTTP/1.0 counts as this: the server answers both alike.
    case http1 = "1.1"
    case http2 = "2"
}
