//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryObjectStorage
import Testing

@Suite("XML of a store")
struct XMLElementTests {
    @Test("is read with its text, entities and elements, whatever its attributes and prefixes")
    func read() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a > comment -->
            <s:List xmlns:s="http://example.com/a>b/"><Key a='1' b="/>">a&amp;b&lt;&#x65;&#228;</Key><Empty/><Key>\
            <![CDATA[<x>&]]></Key> <Inner><Size>5</Size></Inner></s:List>
            """
        let list = try #require(XMLElement(ByteBuffer(string: text)))
        #expect(list.name == "List")
        #expect(list.all("Key").map(\.text) == ["a&b<eä", "<x>&"])
        #expect(list.text("Empty") == "")
        #expect(list["Inner"]?.text("Size") == "5")
        #expect(list.text("Missing") == nil)
    }

    @Test(
        "that is none is refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a/><b/>", "<a", "<a b='/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
            "<a>&b;</a>",
            "<a>&#xD800;</a>", "<a>&#1114112;</a>", "<a>&amp</a>", "<a><![CDATA[</a>", "<a><!-- </a>", "<>x</>",
            String(repeating: "<a>", count: 100) + String(repeating: "</a>", count: 100),
        ]
    )
    func refused(text: String) {
        #expect(XMLElement(ByteBuffer(string: text)) == nil)
    }

    @Test("of any key comes back as the key")
    func escaped() throws {
        let key = "a&b<c>\"d\"'e\n\t\u{1}é💥"
        let element = try #require(XMLElement(ByteBuffer(string: "<Key>\(xmlEscaped(key))</Key>")))
        #expect(element.text == key)
    }
}
