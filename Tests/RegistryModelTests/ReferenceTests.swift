//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Tags and references")
struct ReferenceTests {
    private static let hex = String(repeating: "0f", count: 32)

    @Test(
        "Tags have letters, digits, underscores, and inside also dots and dashes",
        arguments: [
            "a", "A", "0", "_", "latest", "v1.2.3", "1.0-rc.1", "V", "a..b", "a--b", "a.", "a-", "__", "_.", "_-",
            "sha256-" + hex, String(repeating: "a", count: 128), "_" + String(repeating: ".", count: 127),
        ]
    )
    func acceptedTags(text: String) throws {
        let tag = try Tag(text)
        #expect(tag.description == text)
        #expect(try Reference(text) == .tag(tag))
        #expect(try Reference(text).description == text)
    }

    @Test(
        "Tags have no other form",
        arguments: [
            "", ".", "..", "-", ".a", "-a", "../a", "a/b", "/a", "a/", "a/../b", "..%2f", "a b", " a", "a ", "a\n",
            "a\0",
            "\0", "a\t", "a+b", "a@b", "a~b", "a*b", "a\\b", "a?b", "a#b", "a%b", "a=b", "a,b", "a\"b", "a'b", "a&b",
            "ä", "a\u{301}", "\u{430}", "ａ", "a．b", "a‐b", "٣", "日本", "💥", "a\u{200b}", "\u{feff}a", "a\u{202e}b",
            String(repeating: "a", count: 129), String(repeating: "a", count: 1_000_000),
            String(repeating: "ä", count: 64) + "a",
        ]
    )
    func refusedTags(text: String) {
        #expect(refusal { () throws(RegistryError) in try Tag(text) } == .tagInvalid)
        #expect(refusal { () throws(RegistryError) in try Reference(text) } == .tagInvalid)
    }

    @Test("Tags are exactly what the specification's expression matches")
    func grammar() throws {
        let expression = try Regex("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
        for text in texts(over: "aA0._-:/", upTo: 4) {
            let isTag = refusal { () throws(RegistryError) in try Tag(text) } == nil
            let matches = try expression.wholeMatch(in: text) != nil
            #expect(isTag == matches, "\(text)")
        }
    }

    @Test("Tags have no byte but those of the grammar", arguments: UInt8(0)...127)
    func everyByte(byte: UInt8) {
        let character = String(Unicode.Scalar(byte))
        let first = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".utf8).contains(byte)
        let later = first || character == "." || character == "-"
        #expect((refusal { () throws(RegistryError) in try Tag(character) } == nil) == first)
        #expect((refusal { () throws(RegistryError) in try Tag("a" + character) } == nil) == later)
    }

    @Test("Tags that differ in case are different")
    func tagCase() throws {
        #expect(try Tag("Latest") != Tag("latest"))
    }

    @Test("A reference with a colon is a digest")
    func digests() throws {
        let text = "sha256:" + Self.hex
        #expect(try Reference(text) == .digest(Digest(text)))
        #expect(try Reference(text).description == text)
    }

    @Test(
        "A reference with a colon is never taken for a tag",
        arguments: [":", "a:b", "sha256:", "sha256:" + hex + "0", "a:"]
    )
    func malformedDigests(text: String) {
        #expect(refusal { () throws(RegistryError) in try Reference(text) } == .digestInvalid)
    }
}
