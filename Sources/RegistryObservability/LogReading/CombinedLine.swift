//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A line in combined format, of ours or of another server, as the JSON line of the same request: without what the format
/// does not have, such as numbers, identifiers and durations.
struct CombinedLine: ~Copyable {
    private var buffer = TextBuffer(capacity: 1024)

    private let bytes: UnsafeBufferPointer<UInt8>

    /// Understands a line.
    /// - Parameter bytes: without the line feed.
    /// - Returns: nil if it is none.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var reader = Reader(rest: bytes[...])
        guard let host = reader.word(), reader.word() != nil, let user = reader.word(), let time = reader.time(),
            let request = reader.quoted(), let status = reader.word().flatMap({ Int64($0) }), let sent = reader.word(),
            (0...999).contains(status)
        else { return nil }
        // The common format ends here.
        _ = reader.quoted()
        let agent = reader.quoted() ?? "-"
        let words = request.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/") else { return nil }
        let path = CombinedPath(String(words[1]))
        buffer.append(#"{"ts":""#)
        buffer.append(time)
        buffer.append(#"","kind":"access""#)
        field(.method, Self.known(String(words[0])))
        field(.version, String(words[2].dropFirst("HTTP/".count)))
        field(.route, path.route.rawValue)
        if status > 0 { field(.status, status) }
        field(.repository, path.repository)
        field(.reference, path.reference)
        field(.digest, path.digest)
        field(.uploadID, path.uploadID)
        field(.user, Self.known(user))
        field(.remoteAddress, Self.known(host))
        field(.userAgent, Self.known(agent))
        field(.client, ClientFamily(userAgent: Self.known(agent) ?? "").rawValue)
        field(.bytesOut, Int64(sent) ?? 0)
        // Whether an answer was cut short, the format does not tell.
        field(.outcome, Self.outcome(of: status).rawValue)
        buffer.append("}")
    }

    /// 0 is what has no answer, 499 whose client had gone before there was one.
    private static func outcome(of status: Int64) -> RequestOutcome {
        switch status {
        case 0, 499: .aborted
        case ..<400: .ok
        case ..<500: .refused
        default: .failed
        }
    }

    /// Shows the line as others are: its bytes are as they stand in the file, its fields those of the JSON line.
    func withLine<Result>(_ body: (LogLine) -> Result) -> Result {
        body(LogLine(bytes, meaning: FlatObject(buffer.bytes)))
    }

    private mutating func field(_ key: LogKey, _ text: String?) {
        if let text { buffer.field(key, text, limit: EntryEncoder.requestTextLimit) }
    }

    private mutating func field(_ key: LogKey, _ number: Int64) {
        buffer.append(key.opening)
        buffer.append(number)
    }

    private static func known(_ text: String) -> String? { text == "-" || text.isEmpty ? nil : text }
}

extension CombinedLine {
    /// Takes a line apart from its beginning.
    private struct Reader {
        var rest: Slice<UnsafeBufferPointer<UInt8>>

        /// What stands before the next space.
        mutating func word() -> String? {
            skipSpaces()
            let word = rest.prefix { $0 != UInt8(ascii: " ") }
            rest = rest[word.endIndex...]
            return word.isEmpty ? nil : Self.unescape(word)
        }

        /// What stands between quotes.
        mutating func quoted() -> String? {
            skipSpaces()
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            var end = rest.startIndex + 1
            while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
                end += rest[end] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard end < rest.endIndex else { return nil }
            defer { rest = rest[(end + 1)...] }
            return Self.unescape(rest[(rest.startIndex + 1)..<end])
        }

        /// `[24/Nov/2026:05:23:26 +0000]`.
        mutating func time() -> WallTime? {
            skipSpaces()
            guard rest.count > 28, rest.first == UInt8(ascii: "["), rest[rest.startIndex + 27] == UInt8(ascii: "]")
            else {
                return nil
            }
            let text = Array(rest[(rest.startIndex + 1)..<(rest.startIndex + 27)])
            rest = rest[(rest.startIndex + 28)...]
            func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
            guard let month = CombinedLineEncoder.months.firstIndex(of: part(3..<6)) else { return nil }
            let day = "\(part(7..<11))-\(month < 9 ? "0" : "")\(month + 1)-\(part(0..<2))"
            return WallTime(rfc3339: "\(day)T\(part(12..<20))\(part(21..<24)):\(part(24..<26))".utf8)
        }

        private mutating func skipSpaces() { rest = rest.drop { $0 == UInt8(ascii: " ") } }

        /// Undoes what Apache does to bytes that are not printable.
        private static func unescape(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
            guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
            var text: [UInt8] = []
            var position = bytes.startIndex
            while position < bytes.endIndex {
                let next = bytes[position...].dropFirst()
                guard bytes[position] == UInt8(ascii: "\\"), let escaped = next.first else {
                    text.append(bytes[position])
                    position += 1
                    continue
                }
                let digits = next.dropFirst().prefix(2)
                if escaped == UInt8(ascii: "x"), digits.count == 2,
                    let byte = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                {
                    text.append(byte)
                    position += 4
                } else {
                    text.append(escaped)
                    position += 2
                }
            }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
