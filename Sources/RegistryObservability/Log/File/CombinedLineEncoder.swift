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
/// strings, may be secret. Bytes are those of the body. A request that got no answer has status 0.
/// The version is always HTTP/1.1: records do not have it.
struct CombinedLineEncoder {
    init() {}

    /// Appends the line of a request, line feed included.
    func encode(_ record: RequestRecord, to line: inout TextBuffer) {
        line.append(escaping: Self.host(record.remoteAddress))
        line.append(" - ")
        line.append(escaping: record.user.map { $0.replacing(" ", with: "_") } ?? "-")
        line.append(" [")
        line.append(combined: record.start)
        line.append("] \"")
        line.append(escaping: record.method)
        line.append(" ")
        line.append(escaping: Self.path(of: record))
        line.append(" HTTP/1.1\" ")
        line.append(Int64(record.status))
        line.append(" ")
        // By the format's rules, no bytes are a dash.
        if record.bytesOut > 0 { line.append(record.bytesOut) } else { line.append("-") }
        line.append(" \"-\" \"")
        line.append(escaping: record.userAgent.isEmpty ? "-" : record.userAgent)
        line.append("\"\n")
    }

    private static func host(_ address: String) -> String {
        guard let colon = address.lastIndex(of: ":") else { return address.isEmpty ? "-" : address }
        return String(address[..<colon].filter { $0 != "[" && $0 != "]" })
    }

    private static func path(of record: RequestRecord) -> String {
        let repository = record.repository.map { "/v2/\($0.description)" } ?? "/v2/-"
        let digest = record.digest?.description ?? "-"
        return switch record.route {
        case .base: "/v2/"
        case .catalog: "/v2/_catalog"
        case .tags: repository + "/tags/list"
        case .manifest: repository + "/manifests/" + (record.reference?.description ?? digest)
        case .blob: repository + "/blobs/" + digest
        case .blobUpload: repository + "/blobs/uploads/"
        case .blobUploadChunk: repository + "/blobs/uploads/" + (record.uploadID?.description ?? "-")
        case .referrers: repository + "/referrers/" + digest
        case .unknown: "-"
        }
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
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = Int(text[5] - UInt8(ascii: "0")) * 10 + Int(text[6] - UInt8(ascii: "0"))
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        append("\(part(8..<10))/\(months[month - 1])/\(part(0..<4)):\(part(11..<19)) +0000")
    }
}
