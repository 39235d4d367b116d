//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct LineSinkTests {
    /// What a full disk does: takes some bytes, then none, then all again.
    private final class Disk {
        var text: [UInt8] = []
        var room = 0

        func write(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
            let written = bytes.prefix(room)
            text += written
            room -= written.count
            return written.count
        }
    }

    private let instruments = Instruments(driverName: "inmemory")

    private func lines(_ disk: Disk) throws -> [JSONObject] {
        try String(decoding: disk.text, as: UTF8.self).split(separator: "\n").map { try JSONObject($0) }
    }

    @Test func lineBegunBeforeAFailureIsFinishedAfterIt() throws {
        let disk = Disk()
        var sink = LineSink(encoder: try Sample.encoder(), instruments: instruments, write: disk.write)
        disk.room = 30
        for number in 1...3 { sink.add(.event(Sample.event(number))) }
        sink.flush()
        #expect(disk.text.count == 30)
        #expect(instruments.logDropped.value == 2)
        sink.add(.event(Sample.event(4)))
        sink.flush()
        #expect(instruments.logDropped.value == 3)
        disk.room = .max
        sink.add(.event(Sample.event(5)))
        sink.flush()

        let lines = try lines(disk)
        #expect(lines.map { $0[number: "seq"] } == [1, 5, 6])
        #expect(lines.map { $0[text: "event"] } == ["sample", "sample", "log_dropped"])
        #expect(lines[2][number: "lost"] == 3)
        #expect(lines[2][text: "reason"] == "write_failed")
        #expect(instruments.logEntries.value == 3)
        #expect(instruments.logWriteFailures.value == 2)
        #expect(instruments.logDropped.value == 3)
    }

    @Test func lossIsToldAgainWhenTellingFails() throws {
        let disk = Disk()
        var sink = LineSink(encoder: try Sample.encoder(), instruments: instruments, write: disk.write)
        sink.add(.event(Sample.event(1)))
        sink.flush()
        // Room for the next line, and none for the one that tells of the loss.
        disk.room = try Sample.line(of: .event(Sample.event(2))).utf8.count
        sink.add(.event(Sample.event(2)))
        sink.flush()
        disk.room = .max
        sink.flush()
        let lines = try lines(disk)
        #expect(lines.map { $0[text: "event"] } == ["sample", "log_dropped"])
        #expect(lines[1][number: "lost"] == 1)
    }

    @Test func longQueueIsWrittenInPieces() throws {
        var sizes: [Int] = []
        var sink = LineSink(encoder: try Sample.encoder(), instruments: instruments) { bytes in
            sizes.append(bytes.count)
            return bytes.count
        }
        for number in 1...5000 { sink.add(.event(Sample.event(number))) }
        sink.flush()
        #expect(sizes.count > 2)
        #expect(sizes.allSatisfy { $0 <= 300 * 1024 })
        #expect(instruments.logEntries.value == 5000)
    }
}
