//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the first message of a client of TLS asks for (RFC 8446 §4.1.2), as far as the choice of a certificate goes.
struct ClientHello: Equatable, Sendable {
    /// The name of the server (RFC 6066 §3), in lower case and without a dot at its end; nil if none is given.
    var serverName: String?
    /// The protocols that the client would speak (RFC 7301 §3.1).
    var protocols: [String]

    init(serverName: String? = nil, protocols: [String] = []) {
        self.serverName = serverName
        self.protocols = protocols
    }

    /// Whether an authority is asking for the answer to its challenge (RFC 8737 §4).
    var isChallenge: Bool { protocols == ["acme-tls/1"] }

    /// What bytes of a client are.
    enum Reading: Equatable {
        /// Too few to tell.
        case incomplete
        case hello(ClientHello)
        /// Another protocol, or none at all.
        case notTLS
        /// Something that begins as TLS does, and is none.
        case malformed
    }

    /// The longest message that is taken, as BoringSSL has it.
    static let longestMessage = 16 << 10
    /// With the heads of records, of which hostile clients make many.
    static let longestInput = 2 * longestMessage

    /// Reads all that a client has sent so far.
    static func read(_ bytes: some RandomAccessCollection<UInt8>) -> Reading {
        var records = TLSBytes(bytes)
        var message: [UInt8] = []
        while true {
            // A record: its type (handshake), version and length (RFC 8446 §5.1).
            guard let type = records.byte() else { return .incomplete }
            guard type == 22 else { return message.isEmpty ? .notTLS : .malformed }
            guard let major = records.byte(), records.byte() != nil, let length = records.number(2) else {
                return .incomplete
            }
            guard major == 3, (1...longestMessage).contains(length) else { return .malformed }
            let part = records.upTo(length)
            message += part
            if let reading = read(message: message) { return reading }
            if part.count < length { return .incomplete }
        }
    }

    /// - Returns: nil if the message is not there as a whole.
    private static func read(message: [UInt8]) -> Reading? {
        var bytes = TLSBytes(message)
        guard let type = bytes.byte() else { return nil }
        guard type == 1 else { return .malformed }
        guard let length = bytes.number(3) else { return nil }
        guard length <= longestMessage else { return .malformed }
        guard let body = bytes.take(length) else { return nil }
        guard let hello = ClientHello(body: body) else { return .malformed }
        return .hello(hello)
    }

    private init?(body: ArraySlice<UInt8>) {
        var bytes = TLSBytes(body)
        // Version and random, session, suites, compression.
        guard bytes.take(2 + 32) != nil, bytes.vector(1) != nil, bytes.vector(2) != nil, bytes.vector(1) != nil else {
            return nil
        }
        self.init()
        // Clients of old leave the extensions out.
        guard !bytes.isEmpty else { return }
        guard let all = bytes.vector(2), bytes.isEmpty else { return nil }
        var extensions = TLSBytes(all)
        while !extensions.isEmpty {
            guard let type = extensions.number(2), let content = extensions.vector(2) else { return nil }
            switch type {
            case 0: guard readNames(content) else { return nil }
            case 16: guard readProtocols(content) else { return nil }
            default: break
            }
        }
    }

    private mutating func readNames(_ content: ArraySlice<UInt8>) -> Bool {
        var bytes = TLSBytes(content)
        guard let list = bytes.vector(2), bytes.isEmpty else { return false }
        var names = TLSBytes(list)
        while !names.isEmpty {
            guard let type = names.byte(), let name = names.vector(2) else { return false }
            guard type == 0 else { continue }
            guard name.allSatisfy({ (0x21..<0x7f).contains($0) }) else { return false }
            var text = String(decoding: name, as: UTF8.self).lowercased()
            if text.hasSuffix(".") { text.removeLast() }
            serverName = text
        }
        return true
    }

    private mutating func readProtocols(_ content: ArraySlice<UInt8>) -> Bool {
        var bytes = TLSBytes(content)
        guard let list = bytes.vector(2), bytes.isEmpty else { return false }
        var names = TLSBytes(list)
        var protocols: [String] = []
        while !names.isEmpty {
            guard let name = names.vector(1), !name.isEmpty else { return false }
            protocols.append(String(decoding: name, as: UTF8.self))
        }
        self.protocols = protocols
        return true
    }
}

/// Reads numbers and vectors as TLS writes them (RFC 8446 §3), from the front.
private struct TLSBytes {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Collection<UInt8>) { rest = ArraySlice(Array(bytes)) }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    /// A number of some bytes, the highest first.
    mutating func number(_ count: Int) -> Int? { take(count)?.reduce(0) { $0 << 8 | Int($1) } }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard rest.count >= count else { return nil }
        return upTo(count)
    }

    mutating func upTo(_ count: Int) -> ArraySlice<UInt8> {
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Bytes behind their count, which is of some bytes itself.
    mutating func vector(_ lengthBytes: Int) -> ArraySlice<UInt8>? {
        guard let count = number(lengthBytes) else { return nil }
        return take(count)
    }
}
