//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The first request of a connection, where it asks to go on in HTTP/2 (RFC 7540 §3.2) and can be answered there.
///
/// Only what leaves nothing to interpretation is one: a request without a body, whole, with nothing behind it. All else goes
/// on in HTTP/1.1, as the specification allows, and is that parser's to judge.
struct UpgradeRequest {
    let method: String
    let path: String
    let authority: String
    /// Names in lower case, without those that speak of the connection.
    let fields: [(name: String, value: String)]

    /// Those that HTTP/2 does not know (RFC 9113 §8.2.2), and the one that it has as `:authority`.
    private static let hopByHop: Set<String> = [
        "connection", "upgrade", "http2-settings", "keep-alive", "proxy-connection", "te", "host",
    ]
    /// What is longer is not looked at.
    static let longestHead = 16 << 10

    /// - Parameter bytes: all that the client has sent.
    /// - Returns: nil for any other beginning.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longestHead, bytes.suffix(4) == [13, 10, 13, 10] else { return nil }
        // No byte but printable ones and line ends of two characters; so there is one way to read it.
        let lines = String(decoding: bytes.dropLast(4), as: UTF8.self).split(
            separator: "\r\n",
            omittingEmptySubsequences: false
        )
        guard lines.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x20..<0x7f).contains($0) } }) else { return nil }
        let start = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard start.count == 3, start[2] == "HTTP/1.1", start[1].hasPrefix("/") else { return nil }
        guard !start[0].isEmpty, start[0].utf8.allSatisfy({ (0x41...0x5a).contains($0) }), start[0] != "CONNECT" else {
            return nil
        }
        var all: [String: [String]] = [:]
        var kept: [(String, String)] = []
        for line in lines.dropFirst() {
            guard let (name, value) = Self.field(line) else { return nil }
            all[name, default: []].append(value)
            if !Self.hopByHop.contains(name) { kept.append((name, value)) }
        }
        // Of a body there must be no word.
        guard all["content-length"] == nil, all["transfer-encoding"] == nil, all["expect"] == nil else { return nil }
        guard let hosts = all["host"], hosts.count == 1, !hosts[0].isEmpty else { return nil }
        guard all["upgrade"]?.map({ $0.lowercased() }) == ["h2c"], Self.isSettings(all["http2-settings"]) else {
            return nil
        }
        let options = (all["connection"] ?? []).flatMap { $0.lowercased().split(separator: ",").map(Self.trimmed) }
        guard Set(options) == ["upgrade", "http2-settings"] else { return nil }
        self.method = String(start[0])
        self.path = String(start[1])
        self.authority = hosts[0]
        self.fields = kept
    }

    private static func field(_ line: Substring) -> (String, String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon].lowercased()
        let isToken = name.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "_")
        }
        guard !name.isEmpty, isToken else { return nil }
        return (name, trimmed(line[line.index(after: colon)...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// Whether it is the payload of one SETTINGS frame; what it says comes again with the client's preface.
    private static func isSettings(_ values: [String]?) -> Bool {
        guard let values, values.count == 1, let bytes = Base64URL.decode(values[0]) else { return false }
        return bytes.count % 6 == 0
    }

    /// What the server says before it speaks HTTP/2.
    static let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"

    /// The request as the frame that it stands for: HEADERS on stream 1, the end of both (RFC 9113 §6.2).
    ///
    /// No field goes into the table of HPACK, which is the client's to fill.
    var headersFrame: [UInt8] {
        var block: [UInt8] = []
        for (name, value) in [(":method", method), (":scheme", "http"), (":path", path), (":authority", authority)]
            + fields
        {
            // A literal without a place in the table, and with a name of its own (RFC 7541 §6.2.2).
            block += [0] + Self.text(name) + Self.text(value)
        }
        // A head is at most as long as what it was made of, and the names; in frames that every server takes.
        var frames: [UInt8] = []
        var rest = block[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.longestFrame)
            rest = rest.dropFirst(part.count)
            let isFirst = frames.isEmpty
            let flags: UInt8 = (rest.isEmpty ? 4 : 0) | (isFirst ? 1 : 0)
            let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: part.count >> $0) }
            frames += length + [isFirst ? 1 : 9, flags, 0, 0, 0, 1] + part
        }
        return frames
    }

    private static let longestFrame = 16 << 10

    /// A text of HPACK (RFC 7541 §5.2), as it is.
    private static func text(_ value: String) -> [UInt8] {
        var rest = value.utf8.count
        guard rest >= 127 else { return [UInt8(rest)] + Array(value.utf8) }
        var bytes: [UInt8] = [127]
        rest -= 127
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)] + Array(value.utf8)
    }
}
