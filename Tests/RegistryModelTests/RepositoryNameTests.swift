//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Repository names")
struct RepositoryNameTests {
    @Test(
        "are components of runs joined by one separator",
        arguments: [
            "a", "0", "alpine", "library/alpine", "a/b/c/d/e/f", "a.b", "a_b", "a__b", "a-b", "a--b", "a-----b",
            "a.b_c__d-e", "0/1/2", "team-1/app.web/v2", "sha256", "v2", "blobs/uploads", "manifests/latest",
            "tags/list",
            "a" + String(repeating: "/a", count: 127), String(repeating: "a", count: 255),
            "a" + String(repeating: "-", count: 253) + "a",
        ]
    )
    func accepted(text: String) throws {
        #expect(try RepositoryName(text).description == text)
    }

    @Test(
        "have no other form",
        arguments: [
            "", "/", "a/", "/a", "a//b", "//", ".", "..", "a/..", "../a", "a/../b", "a/./b", "./a", ".a", "a.", "a..b",
            "_a", "a_", "a___b", "__a", "a__", "-a", "a-", "a._b", "a.-b", "a_-b", "a-_b", "a-.b", "a_.b", "_", "-",
            "__",
            "_layers", "_uploads", "a/_layers", "a/_manifests", "A", "Alpine", "aB", "library/Alpine", "a b", " a",
            "a ",
            "a\n", "\na", "a\0", "a\0b", "\0", "a\t", "a\r", "a:b", "a:latest", "a@sha256", "a?b", "a#b", "a%2fb",
            "%61",
            "a\\b", "a+b", "a~b", "a*b", "a'b", "a\"b", "a<b", "a&b", "a=b", "a,b", "a;b", "a!b", "a$b", "a(b)", "{a}",
            // Letters that only look right: Cyrillic а, full width, fraction slash, dotless i, combining, soft hyphen, …
            "\u{430}", "a\u{430}", "ａ", "a⁄b", "a／b", "a．b", "a‐b", "ı", "é", "e\u{301}", "a\u{301}", "a/\u{301}b",
            "a\u{ad}b", "a\u{200b}b", "\u{feff}a", "a\u{202e}b", "ß", "ﬁ", "٣", "①", "日本", "💥", "a\u{2028}b",
        ]
    )
    func refused(text: String) {
        #expect(refusal { () throws(RegistryError) in try RepositoryName(text) } == .nameInvalid)
    }

    @Test("have at most 255 characters")
    func length() {
        for text in [String(repeating: "a", count: 256), "a" + String(repeating: "/a", count: 128)] {
            #expect(refusal { () throws(RegistryError) in try RepositoryName(text) } == .nameInvalid)
        }
        let long = String(repeating: "a", count: 1_000_000)
        #expect(refusal { () throws(RegistryError) in try RepositoryName(long) } == .nameInvalid)
    }

    @Test("are exactly what the specification's expression matches")
    func grammar() throws {
        let expression = try Regex(#"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"#)
        for text in texts(over: "a._-/", upTo: 6) {
            let isName = refusal { () throws(RegistryError) in try RepositoryName(text) } == nil
            let matches = try expression.wholeMatch(in: text) != nil
            #expect(isName == matches, "\(text)")
        }
    }

    @Test("have no byte but those of the grammar", arguments: UInt8(0)...127)
    func everyByte(byte: UInt8) {
        let inside = Array("abcdefghijklmnopqrstuvwxyz0123456789._-/".utf8).contains(byte)
        let text = "a" + String(Unicode.Scalar(byte)) + "b"
        #expect((refusal { () throws(RegistryError) in try RepositoryName(text) } == nil) == inside)
    }

    @Test("are ordered by their bytes, where the slash comes between the dot and the digits")
    func order() throws {
        let names = ["a", "a--b", "a-b", "a.b", "a/b", "a0", "a_b", "aa", "b"]
        let shuffled = try names.shuffled().map { try RepositoryName($0) }
        #expect(shuffled.sorted().map(\.description) == names)
        #expect(byteOrder("", "a"))
        #expect(!byteOrder("a", "a"))
        #expect(byteOrder("z", "é"))
    }
}
