//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Turns requests into lines of the combined log format, as NCSA's and Apache's servers write it and old tools read it.
///
///     192.0.2.17 - ci-puller [24/Nov/2026:05:23:26 +0000] "GET /v2/a/manifests/1 HTTP/1.1" 200 1472 "-" "containerd/1.7"
///
/// Events have no place in it. The path is made from what the request was about: what clients send besides, such as query
/// strings, may be secret. Bytes are those of the body. A request that got no answer has status 0, and one that could not
/// be read has `-` as method.
struct CombinedLineEncoder {
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    init() {}

    /// Appends the line of a request, line feed included.
    func encode(_ record: RequestRecord, to line: inout TextBuffer) {
        line.append(escaping: record.remoteAddress.isEmpty ? "-" : record.remoteAddress)
        line.append(" - ")
        line.append(escaping: record.user.map { $0.replacing(" ", with: "_") } ?? "-")
        line.append(" [")
        line.append(combined: record.start)
        line.append("] \"")
        line.append(escaping: record.method.isEmpty ? "-" : record.method)
        line.append(" ")
        line.append(escaping: CombinedPath(record).description)
        line.append(" HTTP/")
        line.append(record.version.rawValue)
        line.append("\" ")
        line.append(Int64(record.status))
        line.append(" ")
        // By the format's rules, no bytes are a dash.
        if record.bytesOut > 0 { line.append(record.bytesOut) } else { line.append("-") }
        line.append(" \"-\" \"")
        line.append(escaping: record.userAgent.isEmpty ? "-" : record.userAgent)
        line.append("\"\n")
    }
}

extension TextBuffer {
    /// Appends text between quotes as Apache does: quotes and backslashes escaped, what is not printable as `\xhh`.
    ///
    /// No text is longer than 512 bytes: they come from clients.
    fileprivate mutating func append(escaping text: String) {
        for byte in text.utf8.prefix(512) {
            switch byte {
            case UInt8(ascii: "\""): append(#"\""#)
            case UInt8(ascii: "\\"): append(#"\\"#)
            case 0x20..<0x7f: append(Unicode.Scalar(byte))
            default:
                append(#"\x"#)
                append(Self.digit(byte >> 4))
                append(Self.digit(byte & 15))
            }
        }
    }

    private static func digit(_ nibble: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10)
    }

    private mutating func append(_ character: Unicode.Scalar) {
        append(upTo: 1) { room in
            room[0] = UInt8(truncatingIfNeeded: character.value)
            return 1
        }
    }

    /// Appends `24/Nov/2026:05:23:26 +0000`.
    fileprivate mutating func append(combined time: WallTime) {
        let text = Array(time.description.utf8)
        let month = Int(text[5] - UInt8(ascii: "0")) * 10 + Int(text[6] - UInt8(ascii: "0"))
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        append("\(part(8..<10))/\(CombinedLineEncoder.months[month - 1])/\(part(0..<4)):\(part(11..<19)) +0000")
    }
}
