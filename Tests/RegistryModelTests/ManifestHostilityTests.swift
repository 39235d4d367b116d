//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Hostile manifests")
struct ManifestHostilityTests {
    @Test(
        "What is not one JSON object is refused",
        arguments: [
            "", " ", "\n", "{", "}", "[]", "[{}]", "null", "true", "1", "\"x\"", "{}{}", "{} x", "{\"a\":1,}", "{a:1}",
            "{'a':1}",
            "// x\n{}", "{/**/}", "{\"a\":}", "{\"a\" 1}", "\0", "{}\0", "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}",
            "{\"a\":\"\\ud800\"}",
            "NaN", "{\"a\":Infinity}", "<html></html>", "schemaVersion: 2",
        ]
    )
    func noObject(text: String) {
        #expect(refusal(text) == .manifestInvalid)
        #expect(refusal(text, declared: .ociManifest) == .manifestInvalid)
    }

    @Test("Bytes that are not UTF-8 are refused")
    func notUTF8() {
        let text = Array(Sample.image(extra: #","annotations":{"a":"b"}"#).utf8)
        func refused(_ bytes: [UInt8]) -> ErrorCode? {
            refusal { () throws(RegistryError) in try ManifestFacts(bytes: bytes, declared: nil) }
        }
        #expect(refused(text) == nil)
        for bad in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] as [[UInt8]] {
            guard let place = text.lastIndex(of: UInt8(ascii: "b")) else { continue }
            var bytes = text
            bytes.replaceSubrange(place...place, with: bad)
            #expect(refused(bytes) == .manifestInvalid, "\(bad)")
        }
    }

    @Test("A manifest in another encoding than UTF-8 is refused, for no client would read it")
    func otherEncodings() {
        let units = Array(Sample.image().utf16)
        let little: [UInt8] = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
        let big: [UInt8] = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
        let wide: [UInt8] = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8), 0, 0] }
        let marked: [UInt8] = [0xef, 0xbb, 0xbf] + Array(Sample.image().utf8)
        let texts: [[UInt8]] = [little, big, wide, [0xff, 0xfe] + little, [0xfe, 0xff] + big, marked]
        for bytes in texts {
            #expect(
                refusal { () throws(RegistryError) in try ManifestFacts(bytes: bytes, declared: nil) }
                    == .manifestInvalid
            )
        }
    }

    @Test("Deep nesting is refused or passed over, and harms nothing", arguments: [10, 100, 1000, 100_000, 1_000_000])
    func deepNesting(depth: Int) {
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            let nested =
                String(repeating: open, count: depth) + (open == "[" ? "" : "1")
                + String(repeating: close, count: depth)
            let found = refusal(Sample.image(extra: #","x":\#(nested)"#))
            #expect(found == nil || found == .manifestInvalid)
            #expect(refusal(nested) == .manifestInvalid)
            #expect(refusal(String(repeating: open, count: depth)) == .manifestInvalid)
        }
    }

    @Test(
        "Members of the wrong type are refused",
        arguments: [
            #""schemaVersion":"2""#, #""schemaVersion":2.5"#, #""schemaVersion":[]"#, #""mediaType":1"#,
            #""mediaType":{}"#,
            #""config":[]"#, #""config":"x""#, #""config":{}"#, #""config":{"digest":1}"#, #""layers":{}"#,
            #""layers":"x""#,
            #""layers":[1]"#, #""layers":[null]"#, #""layers":[{}]"#, #""layers":[[]]"#, #""manifests":{}"#,
            #""manifests":[null]"#,
            #""manifests":[{"size":1}]"#, #""blobs":1"#, #""blobs":[{"size":1}]"#, #""subject":[]"#, #""subject":"x""#,
            #""subject":{}"#,
            #""subject":{"digest":null}"#, #""annotations":[]"#, #""annotations":"x""#, #""annotations":{"a":1}"#,
            #""annotations":{"a":null}"#, #""annotations":{"a":{}}"#, #""artifactType":1"#, #""artifactType":[]"#,
            #""layers":[{"digest":"\#(Sample.digest("0a"))","size":1,"urls":"x"}]"#,
            #""layers":[{"digest":"\#(Sample.digest("0a"))","size":1,"urls":[1]}]"#,
            #""layers":[{"digest":"\#(Sample.digest("0a"))","size":1,"mediaType":1}]"#,
        ]
    )
    func wrongTypes(member: String) {
        // Without the member, both would be taken.
        let base =
            member.hasPrefix(#""mediaType""#) ? String(Sample.image(type: nil).dropFirst()) : #""mediaType":"a/b"}"#
        #expect(refusal("{\(base)") == nil)
        #expect(refusal("{\(member),\(base)") == .manifestInvalid)
    }

    @Test("Of a member given twice one counts whole")
    func duplicates() throws {
        let digests = ["1a", "1b"].map(Sample.digest)
        let layer = #"{"digest":"\#(digests[0])","size":1,"digest":"\#(digests[1])","size":2}"#
        let found = try #require(try ManifestFacts(Sample.image(layers: [layer])).blobs.last)
        #expect(digests.contains(found.digest.description))
        #expect([1, 2].contains(found.size))
        let type = #","mediaType":"\#(MediaType.ociIndex)""#
        #expect([.ociManifest, .ociIndex].contains(try ManifestFacts(Sample.image(extra: type)).mediaType))
    }

    @Test("The refusal names the place and quotes nothing of the input")
    func explanation() {
        func detail(_ text: String) -> String {
            do {
                _ = try ManifestFacts(text)
                return ""
            } catch { return error.detail ?? "" }
        }
        let secret = "s3cret"
        let wrong = detail(#"{"schemaVersion":2,"layers":[{"digest":"\#(secret)","size":"\#(secret)"}]}"#)
        #expect(wrong.contains("layers"))
        #expect(wrong.contains("size"))
        #expect(!wrong.contains(secret))
        #expect(detail(#"{"schemaVersion":2,"config":{}}"#).contains("digest"))
        #expect(!detail(#"{"\#(secret)"#).contains(secret))
    }

    @Test("Many layers are taken")
    func manyLayers() throws {
        let facts = try ManifestFacts(Sample.image(layers: Array(repeating: Sample.layer, count: 5000)))
        #expect(facts.blobs.count == 5001)
    }
}
