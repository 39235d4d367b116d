//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization
import Testing

@testable import RegistryObservability

@Suite struct LineOutputTests {
    /// What a full disk does: takes some bytes, then none, then all again.
    private final class Disk {
        var text: [UInt8] = []
        var room = 0
        var sizes: [Int] = []
        var takesBack = true
    }

    private struct DiskOutput: LogOutput {
        let disk: Disk

        mutating func write(_ lines: UnsafeBufferPointer<UInt8>, begun: Int) -> Int {
            // A file that was removed holds nothing of the line any more.
            let begun = disk.text.isEmpty ? 0 : begun
            let written = lines[begun...].prefix(disk.room)
            disk.sizes.append(lines.count - begun)
            disk.text += written
            disk.room -= written.count
            return begun + written.count
        }

        mutating func takeBack(_ begun: Int) -> Bool {
            if disk.takesBack { disk.text.removeLast(begun) }
            return disk.takesBack
        }
        mutating func tick() {}
        mutating func perform(_ command: LogCommand) { disk.room = .max }
    }

    private let instruments = Instruments(driverName: "inmemory")

    private func output(_ disk: Disk) -> LineOutput<DiskOutput> {
        LineOutput(DiskOutput(disk: disk), OutputContext(sink: .file, instruments: instruments))
    }

    private func lines(_ disk: Disk) throws -> [JSONObject] {
        try String(decoding: disk.text, as: UTF8.self).split(separator: "\n").map { try JSONObject($0) }
    }

    @Test func lineBegunBeforeAFailureIsFinishedAfterIt() throws {
        let disk = Disk()
        var encoder = try Sample.encoder()
        var output = output(disk)
        disk.room = 30
        for number in 1...3 { output.add(encoder.encode(.event(Sample.event(number))), Int64(number)) }
        var loss = output.flush()
        #expect(disk.text.count == 30)
        #expect(loss.ranges == [2...3] && loss.count == 2)
        output.add(encoder.encode(.event(Sample.event(4))), 4)
        loss = output.flush()
        #expect(loss.ranges == [4...4])
        disk.room = .max
        output.add(encoder.encode(.event(Sample.event(5))), 5)
        loss = output.flush()
        #expect(loss == WriteLoss())

        #expect(try lines(disk).map { $0[number: "seq"] } == [1, 5])
        #expect(instruments.logEntries[.file].value == 2)
        #expect(instruments.logWriteFailures[.file].value == 2)
        #expect(instruments.logDropped[.file][.writeFailed].value == 3)
    }

    @Test func lineBegunInAFileThatIsGoneIsWrittenAnew() throws {
        let disk = Disk()
        var encoder = try Sample.encoder()
        var output = output(disk)
        disk.room = 30
        output.add(encoder.encode(.event(Sample.event(1))), 1)
        _ = output.flush()
        #expect(disk.text.count == 30)
        disk.text = []
        disk.room = .max
        output.add(encoder.encode(.event(Sample.event(2))), 2)
        #expect(output.flush() == WriteLoss())
        #expect(try lines(disk).map { $0[number: "seq"] } == [1, 2])
        #expect(instruments.logEntries[.file].value == 2)
    }

    @Test func lineBegunIsTakenBackAtTheEnd() throws {
        let disk = Disk()
        var encoder = try Sample.encoder()
        var output = output(disk)
        disk.room = .max
        output.add(encoder.encode(.event(Sample.event(1))), 1)
        #expect(output.flush() == WriteLoss() && output.begun == nil)
        let whole = disk.text
        disk.room = 30
        output.add(encoder.encode(.event(Sample.event(2))), 2)
        #expect(output.flush() == WriteLoss() && output.begun == 2)
        let loss = output.finish()
        #expect(loss.ranges == [2...2] && output.begun == nil)
        #expect(disk.text == whole)
        #expect(instruments.logDropped[.file][.writeFailed].value == 1)
        // If there is room again, it is finished instead.
        disk.room = 30
        output.add(encoder.encode(.event(Sample.event(3))), 3)
        _ = output.flush()
        disk.room = .max
        #expect(output.finish() == WriteLoss())
        #expect(try lines(disk).map { $0[number: "seq"] } == [1, 3])
    }

    @Test func halfALineThatStaysTearsNoOther() throws {
        let disk = Disk()
        (disk.room, disk.takesBack) = (30, false)
        var encoder = try Sample.encoder()
        var output = output(disk)
        output.add(encoder.encode(.event(Sample.event(1))), 1)
        #expect(output.flush() == WriteLoss())
        #expect(output.finish().ranges == [1...1])
        output.add(encoder.encode(.event(Sample.event(2))), 2)
        #expect(output.flush().ranges == [2...2])
        disk.room = .max
        output.add(encoder.encode(.event(Sample.event(3))), 3)
        #expect(output.flush() == WriteLoss())
        let lines = String(decoding: disk.text, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 && lines[0].utf8.count == 30)
        #expect(try JSONObject(lines[1])[number: "seq"] == 3)
    }

    @Test func whatTheOperatorAsksForIsDoneWhileWritingFails() throws {
        let disk = Disk()
        let commands = Mutex<[LogCommand]>([.rotate])
        let context = OutputContext(
            sink: .file,
            instruments: instruments,
            isEnding: { false },
            takeCommands: {
                commands.withLock { commands in
                    defer { commands = [] }
                    return commands
                }
            }
        )
        var encoder = try Sample.encoder()
        var output = LineOutput(DiskOutput(disk: disk), context)
        output.add(encoder.encode(.event(Sample.event(1))), 1)
        #expect(output.flush() == WriteLoss())
        #expect(try lines(disk).count == 1)
    }

    @Test func longQueueIsWrittenInPieces() throws {
        let disk = Disk()
        disk.room = .max
        var encoder = try Sample.encoder()
        var output = output(disk)
        for number in 1...5000 { output.add(encoder.encode(.event(Sample.event(number))), Int64(number)) }
        #expect(output.flush() == WriteLoss())
        #expect(disk.sizes.count > 2)
        #expect(disk.sizes.allSatisfy { $0 <= 300 * 1024 })
        #expect(instruments.logEntries[.file].value == 5000)
    }

    @Test func lossIsToldOnceWritingWorksAndAgainIfTellingFails() {
        var report = SinkReport(.file, instruments, heartbeat: .seconds(3600))
        var loss = WriteLoss()
        loss.add([3, 4] as [Int64])
        report.wrote([], lost: loss)
        // While writing fails, telling of it would be lost.
        #expect(report.due(SinkFilter()).isEmpty)
        report.wrote([], lost: WriteLoss())
        #expect(report.due(SinkFilter()) == [.writeLoss(loss)])
        var more = WriteLoss()
        more.add(CollectionOfOne(9))
        report.wrote(report.due(SinkFilter()), lost: more)
        report.wrote([], lost: WriteLoss())
        loss += more
        #expect(report.due(SinkFilter()) == [.writeLoss(loss)])
        #expect(loss.count == 3 && loss.extent == 3...9)
        // What is begun is given up last.
        var late = WriteLoss()
        for range in [6...10, 5...5] as [ClosedRange<Int64>] { late.add(range) }
        #expect(late.extent == 5...10)
        #expect((1...10).filter { loss.contains($0) } == [3, 4, 9])
        report.wrote(report.due(SinkFilter()), lost: WriteLoss())
        #expect(report.due(SinkFilter()).isEmpty)
    }
}
