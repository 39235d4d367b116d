//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Upload ids")
struct UploadIDTests {
    @Test(
        "of any server are taken",
        arguments: [
            "6b3c9a93-af5d-473f-a4ff-9710022185cd", "a", "0", "-", "_", "=", "a.b", "...", ".a", "a.", "..a",
            "A-B_C.D=",
            "eyJhIjoiYiJ9==", String(repeating: "a", count: 128),
        ]
    )
    func accepted(text: String) throws {
        #expect(try UploadID(text).description == text)
    }

    @Test(
        "that could lead elsewhere are not ids",
        arguments: [
            "", ".", "..", "/", "a/b", "../a", "a/..", "a\\b", "a b", " a", "a\n", "a\0", "\0", "a%2f", "a+b", "a:b",
            "a~",
            "a?b", "a#b", "ä", "a\u{301}", ".\u{301}", "．．", "\u{430}", "ａ", "a\u{200b}",
            String(repeating: "a", count: 129),
        ]
    )
    func refused(text: String) {
        #expect(refusal { () throws(RegistryError) in try UploadID(text) } == .blobUploadUnknown)
    }

    @Test("made here are random UUIDs of version 4, and their own text reads back")
    func made() throws {
        let expression = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        let ids = (0..<1000).map { _ in UploadID() }
        #expect(Set(ids).count == 1000)
        for id in ids {
            #expect(try expression.wholeMatch(in: id.description) != nil, "\(id)")
            #expect(try UploadID(id.description) == id)
        }
        // Each of the 122 free bits takes both values somewhere among so many.
        for position in 0..<36 where ![8, 13, 14, 18, 19, 23].contains(position) {
            #expect(Set(ids.map { Array($0.description.utf8)[position] }).count == 16)
        }
    }
}
