//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Reads the fields of a message in the binary encoding of Protocol Buffers, whoever wrote it.
struct ProtobufReader {
    private var rest: ArraySlice<UInt8>
    /// The bytes are no message.
    private(set) var hasFailed = false

    init(_ bytes: ArraySlice<UInt8>) { self.rest = bytes }

    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Of a fixed size, which nothing that is read here has.
        case other
    }

    /// The next field; nil at the end, and where the bytes make no sense.
    mutating func next() -> (number: UInt64, value: Value)? {
        guard !hasFailed, !rest.isEmpty else { return nil }
        guard let key = variable(), key >> 3 != 0, let value = value(type: key & 7) else {
            hasFailed = true
            return nil
        }
        return (key >> 3, value)
    }

    private mutating func value(type: UInt64) -> Value? {
        switch type {
        case 0: variable().map { .number($0) }
        case 1: take(8).map { _ in .other }
        case 2: variable().flatMap { take($0) }.map { .bytes($0) }
        case 5: take(4).map { _ in .other }
        default: nil
        }
    }

    private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    private mutating func variable() -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            number |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}
