//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Walks over JSON text and checks its form.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    /// Nesting beyond that is refused, so that no text can exhaust the stack.
    private static let depthLimit = 64

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Whether nothing but white space follows.
    var isAtEnd: Bool { bytes[position...].allSatisfy(Self.isSpace) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d }

    private mutating func skipSpace() { while let byte = peek, Self.isSpace(byte) { position += 1 } }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Walks over an object.
    /// - Parameter member: gets the places of a key, without its quotes, and of a value.
    /// - Returns: whether there was one.
    mutating func object(_ member: (_ key: Range<Int>, _ value: Range<Int>) -> Void) -> Bool {
        skipSpace()
        guard take("{"), depth < Self.depthLimit else { return false }
        depth += 1
        defer { depth -= 1 }
        skipSpace()
        if take("}") { return true }
        while true {
            skipSpace()
            let keyStart = position
            guard string() else { return false }
            let key = (keyStart + 1)..<(position - 1)
            skipSpace()
            guard take(":") else { return false }
            skipSpace()
            let valueStart = position
            guard value() else { return false }
            member(key, valueStart..<position)
            skipSpace()
            if take("}") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func array() -> Bool {
        guard take("["), depth < Self.depthLimit else { return false }
        depth += 1
        defer { depth -= 1 }
        skipSpace()
        if take("]") { return true }
        while true {
            skipSpace()
            guard value() else { return false }
            skipSpace()
            if take("]") { return true }
            guard take(",") else { return false }
        }
    }

    private mutating func value() -> Bool {
        switch peek {
        case UInt8(ascii: "\""): string()
        case UInt8(ascii: "{"): object { _, _ in }
        case UInt8(ascii: "["): array()
        case UInt8(ascii: "t"): word("true")
        case UInt8(ascii: "f"): word("false")
        case UInt8(ascii: "n"): word("null")
        default: number()
        }
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: word) else { return false }
        position += word.count
        return true
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case UInt8(ascii: "\\"): guard escape() else { return false }
            case ..<0x20: return false
            default: break
            }
        }
        return false
    }

    private mutating func escape() -> Bool {
        guard let letter = peek else { return false }
        position += 1
        guard letter == UInt8(ascii: "u") else { return #""\/bfnrt"#.utf8.contains(letter) }
        for _ in 0..<4 {
            guard let digit = peek, JSONText.hexadecimal(digit) != nil else { return false }
            position += 1
        }
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") { guard digits() else { return false } }
        if take(".") { guard digits() else { return false } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        return position > start
    }
}
