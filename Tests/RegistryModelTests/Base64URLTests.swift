//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Base64 for URLs")
struct Base64URLTests {
    @Test(
        "The vectors of RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ]
    )
    func vectors(_ plain: String, _ encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.encode(Array(plain.utf8), isPadded: false) == String(encoded.filter { $0 != "=" }))
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
        #expect(Base64URL.decode(String(encoded.filter { $0 != "=" })) == Array(plain.utf8))
    }

    @Test("The two characters that differ from plain base64")
    func alphabet() {
        #expect(Base64URL.encode([0xfb, 0xff, 0xfe]) == "-__-")
        #expect(Base64URL.decode("-__-") == [0xfb, 0xff, 0xfe])
        #expect(Base64URL.decode("+//+") == nil)
    }

    @Test("Every byte comes back", arguments: 0..<8)
    func roundTrip(_ extra: Int) {
        let bytes = Array(UInt8.min...UInt8.max) + Array(repeating: 7, count: extra)
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
    }
}
