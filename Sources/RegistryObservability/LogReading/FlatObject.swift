//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A JSON object (RFC 8259) of which the members on the outermost level are of interest, such as a line of the log.
///
/// It refers to the bytes it was made of and must not outlive them. The whole text is checked, so that half a line is
/// never taken for one.
struct FlatObject {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let members: [Member]

    private struct Member {
        /// Between the quotes.
        let key: Range<Int>
        let value: Range<Int>
    }

    /// Parses a text.
    /// - Returns: nil if it is not one JSON object.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var scanner = JSONScanner(bytes)
        var members: [Member] = []
        members.reserveCapacity(32)
        let isObject = scanner.object { key, value in members.append(Member(key: key, value: value)) }
        guard isObject, scanner.isAtEnd else { return nil }
        self.members = members
    }

    /// The bytes of a member's value as they stand in the text; nil if there is none or it is null.
    func raw(_ key: StaticString) -> UnsafeBufferPointer<UInt8>? {
        let key = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        for member in members where bytes[member.key].elementsEqual(key) {
            return bytes[member.value.lowerBound] == UInt8(ascii: "n") ? nil : value(member)
        }
        return nil
    }

    private func value(_ member: Member) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[member.value])
    }

    /// A member that is text; journald writes text that is not printable as an array of bytes.
    func text(_ key: StaticString) -> String? { raw(key).flatMap(Self.text) }

    /// A member that is a whole number, or text that is one: all of journald's are text.
    func number(_ key: StaticString) -> Int64? { raw(key).flatMap(Self.number) }

    /// All members in their order: a key, and the value's bytes.
    var all: [(key: String, value: UnsafeBufferPointer<UInt8>)] {
        members.map { (JSONText.decode(UnsafeBufferPointer(rebasing: bytes[$0.key])), value($0)) }
    }

    static func text(_ raw: UnsafeBufferPointer<UInt8>) -> String? {
        switch raw.first {
        case UInt8(ascii: "\""): JSONText.decode(UnsafeBufferPointer(rebasing: raw[1..<(raw.count - 1)]))
        case UInt8(ascii: "["): JSONText.decode(array: raw)
        default: nil
        }
    }

    /// Whether a value is a number and not text.
    static func isNumber(_ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        raw.first.map { $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    static func number(_ raw: UnsafeBufferPointer<UInt8>) -> Int64? {
        let isQuoted = raw.first == UInt8(ascii: "\"")
        var digits = isQuoted ? raw[1..<(raw.count - 1)] : raw[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = 10 * value + UInt64(byte - UInt8(ascii: "0"))
        }
        guard value <= Int64.max else { return nil }
        return isNegative ? -Int64(value) : Int64(value)
    }
}
