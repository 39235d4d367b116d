//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryHTTP

@Suite("What a client of TLS asks for")
struct ClientHelloTests {
    /// The first message of a client, in records of at most some bytes.
    private func hello(
        name: String? = "Registry.Test",
        protocols: [String] = ["h2", "http/1.1"],
        recordBytes: Int = 16384
    ) -> [UInt8] {
        func vector(_ lengthBytes: Int, _ content: [UInt8]) -> [UInt8] {
            (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: content.count >> (8 * $0)) } + content
        }
        var extensions: [UInt8] = [0xff, 1] + vector(2, [0])
        if let name { extensions += [0, 0] + vector(2, vector(2, [0] + vector(2, Array(name.utf8)))) }
        if !protocols.isEmpty {
            extensions += [0, 16] + vector(2, vector(2, protocols.flatMap { vector(1, Array($0.utf8)) }))
        }
        let random = [UInt8](repeating: 7, count: 32)
        let body = [3, 3] + random + vector(1, random) + vector(2, [0x13, 1]) + vector(1, [0]) + vector(2, extensions)
        let message = [1] + vector(3, body)
        return stride(from: 0, to: message.count, by: recordBytes).flatMap { start in
            [22, 3, 1] + vector(2, Array(message[start..<min(start + recordBytes, message.count)]))
        }
    }

    @Test("Name and protocols are found, however small the records are", arguments: [1, 5, 100, 16384])
    func found(recordBytes: Int) {
        let expected = ClientHello(serverName: "registry.test", protocols: ["h2", "http/1.1"])
        let bytes = hello(recordBytes: recordBytes)
        #expect(ClientHello.read(bytes) == .hello(expected))
        // What follows belongs to somebody else.
        #expect(ClientHello.read(bytes + [20, 3, 3, 0, 1, 1]) == .hello(expected))
    }

    @Test("Less than all of it is too little to tell")
    func partial() {
        let bytes = hello(recordBytes: 50)
        for count in 0..<bytes.count { #expect(ClientHello.read(bytes[..<count]) == .incomplete, "\(count)") }
    }

    @Test("Only an authority speaks acme-tls/1, and nothing else")
    func challenge() {
        func isChallenge(_ protocols: [String]) -> Bool? {
            if case .hello(let hello) = ClientHello.read(hello(protocols: protocols)) { hello.isChallenge } else { nil }
        }
        #expect(isChallenge(["acme-tls/1"]) == true)
        #expect(isChallenge(["acme-tls/1", "h2"]) == false)
        #expect(isChallenge(["h2"]) == false)
        #expect(isChallenge([]) == false)
    }

    @Test("A name is none that is not given, and a dot at its end does not count")
    func names() {
        #expect(ClientHello.read(hello(name: nil, protocols: [])) == .hello(ClientHello()))
        #expect(ClientHello.read(hello(name: "a.test.", protocols: [])) == .hello(ClientHello(serverName: "a.test")))
        #expect(ClientHello.read(hello(name: "a\u{0}b")) == .malformed)
    }

    @Test("What is not TLS, and what only begins so, is told apart")
    func others() {
        #expect(ClientHello.read(Array("GET / HTTP/1.1\r\n".utf8)) == .notTLS)
        #expect(ClientHello.read([22, 2, 0, 0, 5]) == .malformed)
        #expect(ClientHello.read([22, 3, 1, 0, 0]) == .malformed)
        #expect(ClientHello.read([22, 3, 1, 0xff, 0xff]) == .malformed)
        // Another message than the first.
        #expect(ClientHello.read([22, 3, 1, 0, 4, 2, 0, 0, 0]) == .malformed)
        // A message longer than any.
        #expect(ClientHello.read([22, 3, 1, 0, 4, 1, 1, 0, 0]) == .malformed)
        // A record of another kind within.
        #expect(ClientHello.read(Array(hello(recordBytes: 50)[..<55]) + [23, 3, 1, 0, 1, 0]) == .malformed)
        // Lengths within that lead out of it.
        var bytes = hello()
        bytes[bytes.count - 20] = 0xff
        #expect(ClientHello.read(bytes) == .malformed)
    }
}
