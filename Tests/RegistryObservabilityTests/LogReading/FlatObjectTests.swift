//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite("Reading JSON lines")
struct FlatObjectTests {
    private func with<Output>(_ text: String, _ body: (FlatObject?) -> Output) -> Output {
        Array(text.utf8).withUnsafeBufferPointer { body(FlatObject($0)) }
    }

    @Test func membersAreFound() {
        with(#" {"a":"x","b":-12,"c":null,"d":{"a":[1,{"e":"}"}]},"f":"","g":1.5e3,"h":true} "#) { object in
            #expect(object?.text("a") == "x")
            #expect(object?.number("b") == -12)
            #expect(object?.raw("c") == nil)
            #expect(object?.text("d") == nil)
            #expect(object?.text("f")?.isEmpty == true)
            #expect(object?.number("g") == nil)
            #expect(object?.text("missing") == nil)
            #expect(object?.all.map(\.key) == ["a", "b", "c", "d", "f", "g", "h"])
        }
    }

    @Test func textIsUnescaped() {
        with(#"{"a":"q\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d!","b":"ä😀"}"#) { object in
            #expect(object?.text("a") == "q\"\\/\u{8}\u{c}\n\r\té😀\u{fffd}!")
            #expect(object?.text("b") == "ä😀")
        }
    }

    @Test func whatTheLogEscapesIsReadBack() {
        let texts = ["", "plain", "\"\\\u{0}\u{1f}\n\t", "ä😀\u{7f}", String(repeating: "x\n", count: 1000)]
        for text in texts {
            var buffer = TextBuffer(capacity: 16)
            buffer.append("{\"a\":")
            buffer.append(json: text, limit: .max)
            buffer.append("}")
            #expect(FlatObject(buffer.bytes)?.text("a") == text)
        }
    }

    @Test func journalsFormIsUnderstood() {
        with(#"{"N":"42","T":[104,97,0,255]}"#) { object in
            #expect(object?.number("N") == 42)
            #expect(object?.text("T") == "ha\0\u{fffd}")
        }
    }

    @Test func largeNumbersAreExact() {
        with(#"{"a":9223372036854775807,"b":9223372036854775808,"c":99999999999999999999,"d":-9223372036854775807}"#) {
            #expect($0?.number("a") == .max)
            #expect($0?.number("b") == nil)
            #expect($0?.number("c") == nil)
            #expect($0?.number("d") == -.max)
        }
    }

    @Test(arguments: [
        "", "{", "}", "[]", "{\"a\":1", "{\"a\":1}}", "{\"a\":1},", "{\"a\" 1}", "{a:1}", "{\"a\":01}", "{\"a\":}",
        "{\"a\":1,}", "{\"a\":tru}", "{\"a\":\"x}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\u{1}\"}",
        "{\"a\":[1,]}", "{\"a\":-}", "{\"a\":1.}", "{\"a\":1e}", "\0\0\0", "{\"a\":1}{\"a\":1}",
    ])
    func otherTextsAreNoObjects(text: String) { #expect(with(text) { $0 == nil }) }

    @Test func everyHalfOfALineIsRefused() throws {
        let line = Array(try Sample.line(of: .request(.init(try Sample.fullRecord()))).utf8).dropLast()
        line.withUnsafeBufferPointer { bytes in
            #expect(FlatObject(bytes) != nil)
            for length in bytes.indices {
                #expect(FlatObject(UnsafeBufferPointer(rebasing: bytes[..<length])) == nil)
            }
        }
    }

    @Test func nestingIsLimited() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(with("{\"a\":\(deep)") { $0 == nil })
    }
}
