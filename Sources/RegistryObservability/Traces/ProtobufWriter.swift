//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Messages in the binary encoding of Protocol Buffers, as far as OTLP needs it.
///
/// Source: "Encoding" in the documentation of Protocol Buffers.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 {
        case variable = 0
        case eightBytes = 1
        case delimited = 2
        case fourBytes = 5
    }

    private mutating func key(_ field: UInt64, _ type: WireType) {
        append(variable: field << 3 | type.rawValue)
    }

    private mutating func append(variable number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func append<Number: FixedWidthInteger>(fixed number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// A number of type `int64`, `uint32`, `bool` or of an enumeration.
    mutating func number(_ field: UInt64, _ value: Int64) {
        key(field, .variable)
        append(variable: UInt64(bitPattern: value))
    }

    mutating func fixed64(_ field: UInt64, _ value: UInt64) {
        key(field, .eightBytes)
        append(fixed: value)
    }

    mutating func fixed32(_ field: UInt64, _ value: UInt32) {
        key(field, .fourBytes)
        append(fixed: value)
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        fixed64(field, value.bitPattern)
    }

    mutating func string(_ field: UInt64, _ value: String) {
        var value = value
        value.withUTF8 { text in
            key(field, .delimited)
            append(variable: UInt64(text.count))
            bytes.append(contentsOf: text)
        }
    }

    /// Bytes that are numbers in big-endian order.
    mutating func bigEndian(_ field: UInt64, _ numbers: UInt64...) {
        key(field, .delimited)
        append(variable: UInt64(8 * numbers.count))
        for number in numbers { append(fixed: number.byteSwapped) }
    }

    /// A message within the message.
    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        key(field, .delimited)
        let start = bytes.count
        body(&self)
        // How long it is shows only now; its length goes in front of it.
        var length = ProtobufWriter()
        length.append(variable: UInt64(bytes.count - start))
        bytes.insert(contentsOf: length.bytes, at: start)
    }
}
