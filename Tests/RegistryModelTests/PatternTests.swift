//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryModel

@Suite("Regular expressions", .timeLimit(.minutes(5)))
struct PatternTests {
    @Test(
        "mean what RE2 means",
        arguments: [
            ("abc", ["abc", "xabcx"], ["ab", "", "ABC"]),
            ("^abc$", ["abc"], ["xabc", "abcx", "abc\n"]),
            ("a|b|", ["", "x"], []),
            ("^(a|bc)*d?$", ["", "abca", "bcd", "d"], ["b", "dd", "ad!"]),
            ("^a{2,3}$", ["aa", "aaa"], ["a", "aaaa"]), ("^a{2,}?$", ["aa", "aaaaa"], ["a"]),
            ("^a{2}$", ["aa"], ["a", "aaa"]), ("^a{0}b$", ["b"], ["ab"]),
            ("^a{,2}$", ["a{,2}"], ["a", "aa"]), ("^{$", ["{"], [""]), ("^a{01}$", ["a{01}"], ["a"]),
            ("^.$", ["a", "é", "\u{1F600}"], ["\n", "", "ab"]), ("(?s)^.$", ["\n"], [""]),
            ("^[a-c]+$", ["abc"], ["abd"]), ("^[^a-c]$", ["d", "\n"], ["a"]), ("^[]a-]+$", ["]a-"], ["b"]),
            (#"^[\d\-x]+$"#, ["12-x"], ["a"]), (#"^[a\]]+$"#, ["a]"], ["b"]),
            ("^[[:digit:][:^ascii:]]+$", ["1é"], ["a"]),
            (#"^\w+\s\S\D$"#, ["ab_1 -x"], ["ab  -x", "é -x"]), (#"^\.\/\_\-$"#, ["./_-"], ["a/_-"]),
            (#"^\x41\x{1F600}\101\0$"#, ["A\u{1F600}A\0"], ["A"]), (#"^\Qa.b*\E+$"#, ["a.b*", "a.b**"], ["axb*"]),
            (#"\bfoo\b"#, ["a foo b", "foo", "éfooé"], ["foot", "xfoo"]), (#"\Bfoo"#, ["xfoo"], ["foo", " foo"]),
            (#"\Afoo\z"#, ["foo"], ["foo\n"]), ("(?m)^b$", ["a\nb\nc"], ["ab"]),
            ("(?i)^straSSe$", ["STRASSE", "strasse", "\u{17f}trasse"], ["straße"]),
            ("(?i)^[k]$", ["K", "\u{212a}"], ["x"]),
            ("^(?i:a)b$", ["Ab", "ab"], ["AB"]), ("^(?i)a(?-i)b$", ["Ab"], ["AB"]), ("(?i)^[^a]$", ["b"], ["A", "a"]),
            ("^(a(?i)b)c$", ["aBc"], ["aBC", "ABc"]), ("^(?P<one>a)(?<two>b)(?:c)$", ["abc"], ["ab"]),
            ("^(?:)*()+$", [""], ["a"]), ("^(a*)*$", ["", "aaa"], ["b"]), ("^^*a$", ["a"], ["b"]),
            ("x*?", ["", "x"], []), ("^(?U)a+$", ["aa"], ["b"]),
            ("^https?://[^/]*\\.example\\.(com|org)/", ["https://a.example.org/x"], ["https://example.org/", "x"]),
            ("#\u{301}", ["a#\u{301}"], ["#a"]),
        ] as [(String, [String], [String])]
    )
    func meaning(pattern: String, matching: [String], other: [String]) throws {
        let pattern = try Pattern(pattern)
        for text in matching { #expect(pattern.matches(text), "\(pattern) \(text)") }
        for text in other { #expect(!pattern.matches(text), "\(pattern) \(text)") }
    }

    @Test(
        "are refused, with the reason, where they are none, or where they say what is not known here",
        arguments: [
            ("(", "without its )"), (")", "without its ("), ("[a", "without its ]"), ("[", "without its ]"),
            ("*a", "nothing"),
            ("a|*", "nothing"), ("a**", "in a row"), ("a{2}{3}", "in a row"), ("(*)", "nothing"), ("{2}", "nothing"),
            ("a{1001}", "1000"), ("a{3,2}", "more to less"), ("[z-a]", "range"), ("\\", "ends with"),
            ("\\1", "refers back"),
            ("(a)\\1", "refers back"), ("(?=a)", "ahead or behind"), ("(?!a)", "ahead or behind"), ("(?<=a)", "ahead"),
            ("(?<!a)", "ahead"), ("(?P=a)", "kind"), ("(?P>a)", "kind"), ("(?>a)", "kind"), ("(?#a)", "kind"),
            ("(?P<a>x)(?P<a>y)", "two groups"), ("(?P<>x)", "without a name"), ("(?P<a b>x)", "without a name"),
            ("\\pL", "class of Unicode"), ("[\\p{Greek}]", "class of Unicode"), ("\\y", "means nothing"),
            ("\\é", "nothing"),
            ("\\8", "means nothing"), ("\\Z", "means nothing"), ("\\C", "means nothing"), ("\\xg", "digits"),
            ("\\x{110000}", "there is not"), ("\\x{d800}", "there is not"), ("[[:word:][:none:]]", "[:none:]"),
            ("(?i)é", "beyond ASCII"), ("(?z)", "kind"), ("(?i-)a", "kind"), ("a(?i)*", "nothing"),
            ("(a{1000}){1000}", "too large"), ("((((a{99}){99}){99}){99}){99}", "too large"),
            (String(repeating: "(", count: 1000), "nested"), ("[a-\\d]", "means nothing"),
        ]
    )
    func refusals(text: String, reason: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(text) }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test(
        "take time in proportion to the text",
        arguments: [
            "(a+)+$", "(a|aa)+$", "(a|a?)+b", "(.*)*x", "(a*)*b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){500}a{500}b",
        ]
    )
    func linear(text: String) throws {
        let pattern = try Pattern(text)
        let subject = String(repeating: "a", count: 2048) + "!"
        let start = ContinuousClock.now
        #expect(!pattern.matches(subject))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("agree with the standard library's where the syntax is the same")
    func agreement() throws {
        var generator = Steps(state: 7)
        var compared = 0
        for _ in 0..<3000 {
            let text = Self.expression(4, &generator)
            guard let pattern = try? Pattern(text) else { continue }
            guard let regex = try? Regex<AnyRegexOutput>(text) else { continue }
            for _ in 0..<6 {
                let length = Int.random(in: 0..<9, using: &generator)
                let subject = String((0..<length).map { _ in "abc".randomElement(using: &generator) ?? "a" })
                let expected = try regex.matchingSemantics(.unicodeScalar).firstMatch(in: subject) != nil
                #expect(pattern.matches(subject) == expected, "\(text) in \(subject)")
                compared += 1
            }
        }
        #expect(compared > 10_000)
    }

    private static func expression(_ depth: Int, _ generator: inout Steps) -> String {
        let inner = { (generator: inout Steps) in expression(depth - 1, &generator) }
        switch depth == 0 ? 0 : Int.random(in: 0..<9, using: &generator) {
        case 0: return ["a", "b", "c", ".", "[ab]", "[^a]", "^", "$", "\\w"].randomElement(using: &generator) ?? "a"
        case 1, 2, 3: return inner(&generator) + inner(&generator)
        case 4: return "(\(inner(&generator))|\(inner(&generator)))"
        case 5: return "(?:\(inner(&generator)))*"
        case 6: return "(?:\(inner(&generator)))+"
        case 7: return "(?:\(inner(&generator)))?"
        default: return "(?:\(inner(&generator))){1,2}"
        }
    }

    private struct Steps: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) ^ (state << 31)
        }
    }
}
