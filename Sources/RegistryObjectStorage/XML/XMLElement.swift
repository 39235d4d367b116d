//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore

/// An element of the XML in which vendors answer: names, text and elements; attributes are passed over.
package struct XMLElement: Sendable {
    /// Without the prefix of a namespace.
    package let name: String
    package fileprivate(set) var text = ""
    package fileprivate(set) var children: [XMLElement] = []

    /// The first element of a name within.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All elements of a name within.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of an element within.
    package func text(_ name: String) -> String? { self[name]?.text }

    /// Reads a document.
    /// - Returns: nil for what is none, is deeper than any answer, or has a DTD.
    package init?(_ document: ByteBuffer) {
        var reader = XMLReader(Array(document.readableBytesView))
        guard let element = reader.document() else { return nil }
        self = element
    }

    fileprivate init(name: String) { self.name = name }
}

/// Reads XML 1.0 as far as vendors write it.
///
/// No DTD, so no entities but the five and numbers. A plain value.
private struct XMLReader {
    private let bytes: [UInt8]
    private var position = 0

    private static let deepest = 16

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() -> XMLElement? {
        // A byte order mark.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        guard skipMisc(), let root = element(depth: 0), skipMisc(), position == bytes.count else { return nil }
        return root
    }

    private func starts(with text: StaticString) -> Bool {
        text.withUTF8Buffer { bytes[position...].starts(with: $0) }
    }

    private mutating func skip(past text: StaticString) -> Bool {
        text.withUTF8Buffer { mark in
            guard mark.count > 0, bytes.count >= mark.count else { return false }
            var place = position
            while place + mark.count <= bytes.count {
                if bytes[place] == mark[0], bytes[place..<place + mark.count].elementsEqual(mark) {
                    position = place + mark.count
                    return true
                }
                place += 1
            }
            return false
        }
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    /// Space, declarations and comments outside of the root.
    private mutating func skipMisc() -> Bool {
        while true {
            skipSpace()
            if starts(with: "<?") {
                guard skip(past: "?>") else { return false }
            } else if starts(with: "<!--") {
                guard skip(past: "-->") else { return false }
            } else {
                return true
            }
        }
    }

    private mutating func element(depth: Int) -> XMLElement? {
        guard depth < Self.deepest, starts(with: "<"), !starts(with: "<!") else { return nil }
        position += 1
        guard let name = name() else { return nil }
        var element = XMLElement(name: name)
        guard let isEmpty = endOfTag() else { return nil }
        guard !isEmpty else { return element }
        var text: [UInt8] = []
        while position < bytes.count {
            if starts(with: "</") {
                position += 2
                guard self.name() == name else { return nil }
                skipSpace()
                guard position < bytes.count, bytes[position] == UInt8(ascii: ">") else { return nil }
                position += 1
                element.text = String(decoding: text, as: UTF8.self)
                return element
            } else if starts(with: "<!--") {
                guard skip(past: "-->") else { return nil }
            } else if starts(with: "<![CDATA[") {
                let start = position + 9
                guard skip(past: "]]>") else { return nil }
                text += bytes[start..<position - 3]
            } else if bytes[position] == UInt8(ascii: "<") {
                guard let child = self.element(depth: depth + 1) else { return nil }
                element.children.append(child)
            } else if bytes[position] == UInt8(ascii: "&") {
                guard let character = reference() else { return nil }
                text += Array(String(character).utf8)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return nil
    }

    private mutating func name() -> String? {
        let start = position
        while position < bytes.count,
            ![0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ">"), UInt8(ascii: "/"), UInt8(ascii: "<")]
                .contains(bytes[position])
        { position += 1 }
        guard position > start else { return nil }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        return name.split(separator: ":").last.map(String.init)
    }

    /// Goes past attributes.
    /// - Returns: whether the element ends with its tag.
    private mutating func endOfTag() -> Bool? {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ">"):
                position += 1
                return false
            case UInt8(ascii: "/"):
                guard starts(with: "/>") else { return nil }
                position += 2
                return true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quote = bytes[position]
                guard let end = bytes[(position + 1)...].firstIndex(of: quote) else { return nil }
                position = end + 1
            case UInt8(ascii: "<"): return nil
            default: position += 1
            }
        }
        return nil
    }

    private mutating func reference() -> Unicode.Scalar? {
        guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[position + 1..<end], as: UTF8.self)
        position = end + 1
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard name.hasPrefix("#") else { return nil }
            let isHex = name.hasPrefix("#x")
            let number = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10)
            return number.flatMap { Unicode.Scalar($0) }
        }
    }
}

/// Writes text into XML.
package func xmlEscaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        default:
            // Control characters are no XML 1.0 but for three, which readers change unless they are written as numbers.
            if scalar.value < 0x20 { escaped += "&#\(scalar.value);" } else { escaped.unicodeScalars.append(scalar) }
        }
    }
    return escaped
}
