//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// An audit entry as it stands in a spill file.
///
/// The JSON line with its number, and behind its last field `sink`, and `form` in hexadecimal digits where the sink writes
/// something else than the line.
struct SpilledEntry {
    let entry: EncodedEntry
    let sequence: Int64
    let epoch: String

    /// Appends the line of an entry, line feed included.
    static func append(
        _ entry: EncodedEntry,
        _ sequence: Int64,
        of sink: LogSinkName,
        _ section: EncodedEntry.Section,
        to line: inout TextBuffer
    ) {
        entry.appendLine(sequence, to: &line)
        // Behind the last field, before the brace and the line feed.
        line.keep(0..<(line.count - 2))
        line.append(sinkKey)
        line.append(sink.rawValue)
        var form = TextBuffer(capacity: 2048)
        switch section {
        case .line: break
        case .fields: entry.appendFields(to: &form)
        case .combined: entry.appendCombined(to: &form)
        }
        if section != .line {
            line.append(formKey)
            for byte in form.bytes { line.append(hexadecimalByte: byte) }
        }
        line.append("\"}\n")
    }

    /// Takes a line apart.
    /// - Returns: nil if it is none of this sink, or was written for another form.
    init?(_ line: [UInt8], of sink: LogSinkName, _ section: EncodedEntry.Section) {
        guard line.last == .lineFeed else { return nil }
        var rest = line.dropLast()
        guard rest.hasSuffix("\"}") else { return nil }
        rest = rest.dropLast(2)
        var form: [UInt8] = []
        if section != .line {
            let digits = rest.reversed().prefix { $0 != UInt8(ascii: "\"") }.count
            guard let bytes = Self.bytes(rest.suffix(digits)), !bytes.isEmpty else { return nil }
            form = bytes
            rest = rest.dropLast(digits)
            guard rest.hasSuffix(Self.formKey) else { return nil }
            rest = rest.dropLast(Self.formKey.utf8CodeUnitCount)
        }
        let name = Array(sink.rawValue.utf8)
        guard rest.suffix(name.count).elementsEqual(name) else { return nil }
        rest = rest.dropLast(name.count)
        guard rest.hasSuffix(Self.sinkKey) else { return nil }
        rest = rest.dropLast(Self.sinkKey.utf8CodeUnitCount)
        guard let number = Self.number(in: rest) else { return nil }
        let body = rest[..<number.digits.lowerBound] + rest[number.digits.upperBound...] + Array("}\n".utf8)
        let empty: [UInt8] = []
        self.sequence = number.sequence
        self.epoch = number.epoch
        self.entry = body.withUnsafeBufferPointer { line in
            form.withUnsafeBufferPointer { form in
                empty.withUnsafeBufferPointer { empty in
                    EncodedEntry(
                        [.access, .audit],
                        .info,
                        line: line,
                        headLength: number.digits.lowerBound,
                        fields: section == .fields ? form : empty,
                        combined: section == .combined ? form : empty
                    )
                }
            }
        }
    }

    private static let sinkKey: StaticString = #","sink":""#
    private static let formKey: StaticString = #"","form":""#
    private static let sequenceKey = Array(#","seq":"#.utf8)
    private static let epochKey = Array(#","epoch":""#.utf8)

    /// Finds the number, in front of which nothing comes from a client, and the run that follows it.
    private static func number(
        in line: ArraySlice<UInt8>
    ) -> (digits: Range<Int>, sequence: Int64, epoch: String)? {
        guard let key = line.firstRange(of: sequenceKey) else { return nil }
        let digits = line[key.upperBound...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let rest = line[digits.endIndex...]
        guard let sequence = Int64(String(decoding: digits, as: UTF8.self)), rest.starts(with: epochKey) else {
            return nil
        }
        let epoch = rest.dropFirst(epochKey.count).prefix { $0 != UInt8(ascii: "\"") }
        return (digits.startIndex..<digits.endIndex, sequence, String(decoding: epoch, as: UTF8.self))
    }

    /// Reads pairs of lower-case hexadecimal digits.
    private static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for digit in digits {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes
    }
}

extension TextBuffer {
    fileprivate mutating func append(hexadecimalByte byte: UInt8) {
        append(upTo: 2) { room in
            for (place, nibble) in [byte >> 4, byte & 15].enumerated() {
                room[place] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
            }
            return 2
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        suffix(text.utf8CodeUnitCount)
            .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
