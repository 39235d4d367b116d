//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@testable import RegistryHTTP

@Suite("Queries and percent-encoding")
struct QueryTests {
    @Test(
        "Values are decoded, and the first one counts",
        arguments: [
            ("digest=x", "x"), ("a=1&digest=x&digest=y", "x"), ("digest", ""), ("digest=", ""), ("digest=a=b", "a=b"),
            ("digest=%61%3Ab", "a:b"), ("%64igest=x", "x"), ("digest=a+b", "a+b"), ("digest=%zz", ""),
            ("digest=%00", ""), ("digest=%", ""), ("digest=%ff", ""), ("&&digest=x&", "x"), ("Digest=x", nil),
            ("", nil),
            ("=x", nil), ("xdigest=1", nil), ("digest=%26x", "&x"),
        ] as [(String, String?)]
    )
    func first(_ text: String, _ expected: String?) {
        #expect(Query(text[...])["digest"] == expected)
    }

    @Test("All values come in order")
    func all() {
        #expect(Query("tag=a&x=1&tag=%62&tag").all("tag") == ["a", "b", ""])
        #expect(Query("").all("tag").isEmpty)
    }

    @Test("Text comes back as it was encoded", arguments: ["", "abc", "a/b?c&d=é %+", "\r\n\"<>", "日本語", "~-._"])
    func roundTrip(_ text: String) {
        let encoded = PercentEncoding.encode(text)
        #expect(PercentEncoding.decode(encoded[...]) == text)
        #expect(encoded.utf8.allSatisfy { $0.isUnreserved || $0 == UInt8(ascii: "%") })
    }

    @Test(
        "Broken escapes, NUL and bytes that are not UTF-8 are nothing",
        arguments: ["%", "a%4", "%g0", "%0g", "%00", "a%00b", "%c0%af", "%ff", "%ed%a0%80", "a\u{0}", "%+1"]
    )
    func broken(_ text: String) {
        #expect(PercentEncoding.decode(text[...]) == nil)
    }

    @Test("Encoding is upper-case and of two digits")
    func form() {
        #expect(PercentEncoding.encode("\n/ü") == "%0A%2F%C3%BC")
    }
}

extension UInt8 {
    fileprivate var isUnreserved: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~".utf8.contains(self)
        }
    }
}

@Suite("JSON that is put together by hand")
struct JSONTextTests {
    @Test(
        "Strings are escaped",
        arguments: [
            ("", #""""#), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#), ("\n\r\t", #""\n\r\t""#),
            ("\u{0}\u{1f}\u{7f}", #""\u0000\u001f\u007f""#), ("é日😀", "\"é日😀\""), ("</script>", "\"</script>\""),
            ("\r\n", #""\r\n""#),
        ]
    )
    func strings(_ text: String, _ expected: String) {
        #expect(JSONText.string(text).text == expected)
    }

    @Test("Members keep their order, and those without a value are left out")
    func objects() {
        let object = JSONText.object([("b", .number(-1)), ("a", nil), ("\"", .array([.string("x"), .object([])]))])
        #expect(object.text == #"{"b":-1,"\"":["x",{}]}"#)
        #expect(JSONText.array([]).text == "[]")
        #expect(JSONText.number(.max).text == "9223372036854775807")
    }
}

@Suite("The Date header")
struct DateHeaderTests {
    @Test("It has the fixed form of HTTP")
    func form() throws {
        let day = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
        let month = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
        let form = try Regex("\(day), [0-3][0-9] \(month) 20[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-6][0-9] GMT")
        #expect(DateHeader.value.wholeMatch(of: form) != nil)
    }
}

@Suite("Entity tags")
struct EntityTagTests {
    @Test(
        "What the header may look like",
        arguments: [
            ("\"D\"", true), ("D", true), ("W/\"D\"", true), ("*", true), ("\"x\", \"D\"", true), (" \"D\" ", true),
            ("\"x\",W/\"D\"", true), ("\"x\"", false), ("", false), ("\"D", false), ("W/", false), (",,,", false),
            ("DD", false),
        ]
    )
    func matches(_ header: String, _ expected: Bool) throws {
        let digest = try Digest("sha256:" + String(repeating: "0", count: 64))
        let header = header.split(separator: "D", omittingEmptySubsequences: false).joined(
            separator: digest.description
        )
        #expect(EntityTag.matches(header, digest) == expected)
        #expect(!EntityTag.matches(nil, digest))
        #expect(EntityTag.text(digest) == "\"\(digest)\"")
    }
}
