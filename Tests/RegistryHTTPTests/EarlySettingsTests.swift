//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOEmbedded
import Testing

@testable import RegistryHTTP

@Suite("Settings of HTTP/2 that hold from the beginning")
struct EarlySettingsTests {
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let acknowledgement: [UInt8] = [0, 0, 0, 4, 1, 0, 0, 0, 0]
    /// A limit for streams, and an acknowledgement in a place where there is none.
    private static let settings: [UInt8] = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]
    private static let data: [UInt8] = [0, 0, 9, 0, 1, 0, 0, 0, 1] + acknowledgement

    /// - Returns: what goes on of bytes that come in pieces of a size.
    private static func passed(_ bytes: [UInt8], by size: Int) throws -> (bytes: [UInt8], isGone: Bool) {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(EarlySettings())
        for start in stride(from: 0, to: bytes.count, by: size) {
            try channel.writeInbound(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        var passed: [UInt8] = []
        while let piece = try channel.readInbound(as: ByteBuffer.self) { passed += Array(piece.readableBytesView) }
        return (passed, (try? pipeline.handler(type: EarlySettings.self)) == nil)
    }

    @Test(
        "The acknowledgement is there behind the client's settings, once, and all else comes as it was",
        arguments: [1, 2, 9, 24, 33, 1000],
        [settings, [0, 0, 0, 4, 0, 0, 0, 0, 0]]
    )
    func early(size: Int, settings: [UInt8]) throws {
        let beginning = Self.preface + settings
        // Data that looks like an acknowledgement is none.
        let sent = beginning + Self.data + Self.acknowledgement + Self.data + Self.acknowledgement
        let (bytes, isGone) = try Self.passed(sent, by: size)
        #expect(bytes == beginning + Self.acknowledgement + Self.data + Self.data + Self.acknowledgement)
        #expect(isGone)
    }

    @Test("It stays for as long as the client acknowledges nothing")
    func waiting() throws {
        let (bytes, isGone) = try Self.passed(Self.preface + Self.settings + Self.data, by: 7)
        #expect(bytes == Self.preface + Self.settings + Self.acknowledgement + Self.data)
        #expect(!isGone)
    }

    @Test(
        "What does not begin with settings goes on as it came",
        arguments: [data, acknowledgement, Array("GET /v2/ HTTP/1.1\r\n\r\n".utf8)],
        [1, 1000]
    )
    func others(beginning: [UInt8], size: Int) throws {
        let (bytes, isGone) = try Self.passed(Self.preface + beginning, by: size)
        #expect(bytes == Self.preface + beginning)
        #expect(isGone)
    }
}
