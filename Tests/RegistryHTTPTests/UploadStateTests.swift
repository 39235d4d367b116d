//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@testable import RegistryHTTP

private let secret = "a secret"

@Suite("The state in an upload's address")
struct UploadStateTests {
    private let name: RepositoryName
    private let id = UploadID()
    private let state: String

    init() throws {
        self.name = try RepositoryName("library/alpine")
        self.state = UploadState(name: name.description, id: id.description, offset: 42)
            .signed(with: secret, startedAt: "2026-01-02T03:04:05Z")
    }

    private func offset(_ state: String, secret: String = secret) -> Int64? {
        UploadState.offset(in: state, of: id, in: name, secret: secret)
    }

    @Test("It comes back, and has distribution's form")
    func roundTrip() throws {
        #expect(offset(state) == 42)
        let bytes = try #require(Base64URL.decode(state))
        let text = String(decoding: bytes.dropFirst(32), as: UTF8.self)
        #expect(
            text == #"{"Name":"library/alpine","UUID":"\#(id)","Offset":42,"StartedAt":"2026-01-02T03:04:05Z"}"#
        )
        #expect(state.utf8.count.isMultiple(of: 4))
    }

    @Test("The signature is HMAC-SHA256 of the text that follows it")
    func knownSignature() throws {
        // Of the fixed text, as any other implementation computes it with the key `a secret`.
        let text = UploadState(name: "a", id: "b", offset: 0).signed(with: secret, startedAt: "2026-01-02T03:04:05Z")
        let bytes = try #require(Base64URL.decode(text))
        #expect(hexadecimal(bytes.prefix(32)) == "18cc3911fa9426d23c9bf334a658f63ebbe17d2f661f98c8c89276dcad6a71da")
    }

    @Test("Offsets of every size come back", arguments: [0, 1, Int64(UInt32.max), .max])
    func offsets(_ value: Int64) {
        let state = UploadState(name: name.description, id: id.description, offset: value)
        #expect(offset(state.signed(with: secret, startedAt: "x")) == value)
    }

    @Test("A forged, foreign or broken one tells nothing")
    func refused() throws {
        #expect(offset(state, secret: "another") == nil)
        #expect(offset("") == nil)
        #expect(offset("====") == nil)
        #expect(offset("not base64 !") == nil)
        #expect(offset(String(state.dropLast(4))) == nil)
        #expect(offset(Base64URL.encode([UInt8](repeating: 0, count: 32))) == nil)
        #expect(offset(String(repeating: "A", count: 100_000)) == nil)
        var bytes = try #require(Base64URL.decode(state))
        for position in bytes.indices {
            bytes[position] ^= 1
            #expect(offset(Base64URL.encode(bytes)) == nil, "bit 0 of byte \(position) was turned")
            bytes[position] ^= 1
        }
        #expect(offset(Base64URL.encode(bytes)) == 42)
    }

    @Test("One of another repository or upload tells nothing")
    func otherUpload() throws {
        #expect(UploadState.offset(in: state, of: id, in: try RepositoryName("library/alpin"), secret: secret) == nil)
        #expect(UploadState.offset(in: state, of: UploadID(), in: name, secret: secret) == nil)
    }
}
