//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Audit entries that a sink does not take in time", .timeLimit(.minutes(5)))
struct AuditSpillTests {
    private let folder: TemporaryFolder
    private let instruments = Instruments(driverName: "inmemory")

    init() throws { self.folder = try TemporaryFolder() }

    private var path: String { folder.path + "/spill-stdout.log" }

    private func log(_ channel: Channel, entries: Int = 20) throws -> LogPipeline {
        var settings = LogPipeline.Settings()
        settings.auditDeadline = .milliseconds(20)
        settings.spill = .init(path: { [folder] in "\(folder.path)/spill-\($0.rawValue).log" }, maximumBytes: 1 << 20)
        var plan = SinkPlan.stdout(descriptor: channel.writeEnd)
        plan.limits = .init(entries: entries, bytes: 1 << 20)
        return try LogPipeline([plan], instruments: instruments, settings)
    }

    private func written() throws -> LogEntry {
        var record = try Sample.fullRecord()
        record.status = 201
        return .request(.init(record))
    }

    private func spilledLines() throws -> [JSONObject] {
        try String(decoding: folder.files()["spill-stdout.log"] ?? [], as: UTF8.self).split(separator: "\n")
            .map { try JSONObject($0) }
    }

    private func spilled() -> Int64 { instruments.logDropped[.stdout][.spilled].value }

    @Test func areDeliveredInOrderWhenItDoes() async throws {
        let channel = try Channel()
        let log = try log(channel)
        log.start()
        for _ in 0..<100 { log.push(try written()) }
        // Nobody reads: a page of lines is in the pipe, some are with the sink, 20 wait, and the rest must be in the file.
        try await eventually {
            await log.flush(within: .milliseconds(50))
            return try spilled() > 0 && spilledLines().count == Int(spilled())
        }
        let waiting = try spilledLines()
        #expect(waiting.allSatisfy { $0[text: "sink"] == "stdout" && $0[text: "audit"] == "written" })
        async let collected = channel.objects()
        try await eventually { instruments.events[.auditSpillDelivered].value == 1 }
        #expect(access(path, F_OK) != 0)
        await log.stop()
        channel.closeWriteEnd()
        let lines = try await collected
        let requests = lines.filter { $0[text: "kind"] == "access" }
        // All are there, in the order in which they happened, as if they had never been anywhere else.
        let numbers = requests.compactMap { $0[number: "seq"] }
        #expect(numbers.count == 100)
        #expect(numbers == numbers.sorted() && Set(numbers).count == 100)
        #expect(requests.allSatisfy { $0[text: "sink"] == nil })
        #expect(Set(lines.compactMap { $0[text: "epoch"] }).count == 1)
        // The gap was told of before it was filled; nothing else is missing.
        let gap = try #require(lines.first { $0[text: "reason"] == "spilled" })
        #expect(gap[number: "first_seq"] == waiting.first?[number: "seq"])
        #expect(instruments.logSpillDelivered[.stdout].value == spilled())
        #expect(instruments.events[.auditSpilled].value == 1)
        #expect(instruments.events[.auditSpillDelivered].value == 1)
        let told = try #require(lines.first { $0[text: "event"] == "audit_spill_delivered" })
        #expect(told[number: "entries"].map(Int64.init) == spilled())
        #expect(instruments.logDropped[.stdout][.auditLost].value == 0)
    }

    @Test func ofARunThatWasKilledAreDeliveredByTheNext() async throws {
        let stuck = try Channel()
        let first = try log(stuck)
        first.start()
        for _ in 0..<100 { first.push(try written()) }
        try await eventually {
            await first.flush(within: .milliseconds(50))
            return try spilled() > 0 && spilledLines().count == Int(spilled())
        }
        // What is on the disk when the process is killed, with half a line of an entry that was just being spilled.
        let left = try folder.files()["spill-stdout.log"] ?? []
        let waiting = try spilledLines()
        stuck.closeReadEnd()
        await first.stop()
        // The lock goes with the process, and here with the file.
        unlink(path)
        try folder.write(left + Array(#"{"ts":"2026"#.utf8), to: "spill-stdout.log")

        let channel = try Channel()
        let second = try log(channel)
        async let collected = channel.objects()
        second.start()
        try await eventually { access(path, F_OK) != 0 }
        await second.stop()
        channel.closeWriteEnd()
        let lines = try await collected.filter { $0[text: "kind"] == "access" }
        #expect(lines.compactMap { $0[number: "seq"] } == waiting.compactMap { $0[number: "seq"] })
        #expect(Set(lines.compactMap { $0[text: "epoch"] }) == [first.epoch])
    }

    /// Has a second run of the log deliver what the first has left.
    private func nextRun() async throws -> [JSONObject] {
        let channel = try Channel()
        let log = try log(channel)
        async let collected = channel.objects()
        log.start()
        try await eventually { access(path, F_OK) != 0 }
        #expect(await log.stop().isEmpty)
        channel.closeWriteEnd()
        return try await collected.filter { $0[text: "kind"] == "access" }
    }

    @Test func waitForTheNextRunIfTheReaderIsGoneWhenTheLogEnds() async throws {
        let gone = try Channel()
        gone.closeReadEnd()
        let first = try log(gone)
        first.start()
        for _ in 0..<12 { first.push(try written()) }
        first.push(.event(Sample.event(1)))
        let left = await first.stop()
        #expect(left.map(\.spilled) == [12])
        #expect(left.allSatisfy { $0.lost >= 1 && $0.failure == nil && $0.path == path })
        #expect(left.first?.description.contains("12 audit entries are in \(path)") == true)
        let lines = try await nextRun()
        #expect(lines.count == 12)
        #expect(lines.allSatisfy { $0[text: "epoch"] == first.epoch })
        #expect(Set(lines.compactMap { $0[number: "seq"] }).count == 12)
    }

    @Test func waitForTheNextRunIfTheReaderIsStuckWhenTheLogEnds() async throws {
        let stuck = try Channel()
        let first = try log(stuck, entries: 1000)
        first.start()
        // More than a pipe takes, so that the sink's thread does not come back from writing, and others wait behind it.
        for _ in 0..<250 { first.push(try written()) }
        let left = try #require(await first.stop(deadline: .milliseconds(500)).first)
        #expect(left.spilled > 200)
        // What was in the midst of being written may be there twice; nothing may be missing.
        let spilled = try spilledLines()
        #expect(spilled.count { $0[text: "kind"] == "access" } == left.spilled)
        stuck.closeWriteEnd()
        let text = stuck.readAll()
        // The pipe took no more in the midst of a line.
        let lines = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n")
        let had = try lines.map { try JSONObject($0) }
        let numbers = (had + spilled).filter { $0[text: "kind"] == "access" }.compactMap { $0[number: "seq"] }
        #expect(Set(numbers).count == 250)
    }

    /// A disk that is full, and stays so, after some bytes.
    private struct FullDisk: LogOutput {
        let room: Int
        private var isFull = false

        init(room: Int) { self.room = room }

        mutating func write(_ lines: UnsafeBufferPointer<UInt8>, begun: Int) -> Int {
            defer { isFull = true }
            errno = ENOSPC
            return isFull ? begun : room
        }

        mutating func takeBack(_ begun: Int) -> Bool { true }
        mutating func tick() {}
        mutating func perform(_ command: LogCommand) {}
    }

    private func fullLog() throws -> LogPipeline {
        var settings = LogPipeline.Settings()
        settings.spill = .init(path: { [folder] in "\(folder.path)/spill-\($0.rawValue).log" }, maximumBytes: 1 << 20)
        let plan = SinkPlan(.stdout, SinkFilter()) { sink, context, encoder in
            sink.work(with: LineOutput(FullDisk(room: 40), context), encoder, note: context.note)
        }
        return try LogPipeline([plan], instruments: instruments, settings)
    }

    @Test func waitInTheFileIfDeliveryWasBegunOnAFullDiskWhenTheLogEnds() async throws {
        let gone = try Channel()
        gone.closeReadEnd()
        let first = try log(gone)
        first.start()
        for _ in 0..<3 { first.push(try written()) }
        await first.stop()
        let full = try fullLog()
        full.start()
        await full.stop()
        #expect(try spilledLines().count { $0[text: "audit"] == "written" && $0[text: "epoch"] == first.epoch } == 3)
    }

    @Test(arguments: [true, false])
    func waitForTheNextRunIfALineWasBegunOnAFullDiskWhenTheLogEnds(isAuditBegun: Bool) async throws {
        let full = try fullLog()
        let audits = isAuditBegun ? [true, false, true] : [false, true, true]
        for isAudit in audits { full.push(isAudit ? try written() : .event(Sample.event(1))) }
        full.start()
        let left = try #require(await full.stop().first)
        #expect(left.spilled == 2)
        let spilled = try spilledLines()
        let numbers = spilled.filter { $0[text: "kind"] == "access" }.compactMap { $0[number: "seq"] }.sorted()
        #expect(numbers == (isAuditBegun ? [1, 3] : [2, 3]))
        // What nobody has is told of by the next run, in the name of this one.
        let told = try #require(spilled.last { $0[text: "event"] == "log_dropped" })
        #expect(told[text: "epoch"] == full.epoch)
        #expect(told[text: "reason"] == "write_failed" && told[number: "lost"] == left.lost)
        let (first, last) = (try #require(told[number: "first_seq"]), try #require(told[number: "last_seq"]))
        #expect(first == 1 && told[number: "seq"] == last + 1)
    }

    @Test func areLostIfThereIsNoSpillFileAndThatIsTold() async throws {
        let gone = try Channel()
        gone.closeReadEnd()
        let log = try LogPipeline([.stdout(descriptor: gone.writeEnd)], instruments: instruments)
        log.start()
        for _ in 0..<3 { log.push(try written()) }
        let left = try #require(await log.stop().first)
        #expect(left.lost >= 3 && left.spilled == 0)
        #expect(left.failure == "log.spill.path is not set")
    }

    private func spill() -> AuditSpill { AuditSpill(path: path, maximumBytes: 1000) }

    private func write(_ text: String, to spill: AuditSpill) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { spill.write($0) }
    }

    private func take(_ spill: AuditSpill) -> String? {
        guard case .line(let line) = spill.next() else { return nil }
        return spill.deliver(line) ?? String(decoding: line, as: UTF8.self)
    }

    /// Killed at any place between two deliveries, what was delivered is not delivered again.
    @Test(arguments: 0...5) func goOnAfterAKillWhereDeliveryStopped(delivered: Int) throws {
        let lines = (1...5).map { "{\($0)}\n" }
        do {
            let spill = spill()
            #expect(!spill.hasContent)
            for line in lines { #expect(write(line, to: spill) == nil) }
            for line in lines.prefix(delivered) { #expect(take(spill) == line) }
        }
        let spill = spill()
        #expect(spill.hasContent)
        for line in lines.dropFirst(delivered) { #expect(take(spill) == line) }
        #expect(take(spill) == nil)
        spill.removeIfDelivered()
        #expect(!spill.hasContent)
        #expect(access(path, F_OK) != 0)
        // And it can be used again.
        #expect(write("{6}\n", to: spill) == nil)
        #expect(take(spill) == "{6}\n")
    }

    @Test func staysWhenSomethingIsSpilledMeanwhile() throws {
        let spill = spill()
        #expect(write("{1}\n", to: spill) == nil)
        #expect(take(spill) == "{1}\n")
        #expect(write("{2}\n", to: spill) == nil)
        spill.removeIfDelivered()
        #expect(take(spill) == "{2}\n")
    }

    @Test func belongsToOneProcessAndHasALimit() throws {
        let spill = spill()
        #expect(write("{1}\n", to: spill) == nil)
        #expect(write("{2}\n", to: self.spill())?.contains("another process") == true)
        #expect(write(String(repeating: "x", count: 997), to: spill)?.contains("full size") == true)
        #expect(try folder.files()["spill-stdout.log"] == Array("{1}\n".utf8))
    }

    @Test(arguments: [EncodedEntry.Section.line, .fields, .combined])
    func entriesComeBackAsTheyWere(section: EncodedEntry.Section) throws {
        var encoder = EntryEncoder(
            epoch: Sample.epoch,
            fields: try StaticFields(["service": "r\"1"]),
            journal: JournalForm(message: .text),
            writesCombined: true
        )
        let entry = encoder.encode(try written())
        var line = TextBuffer(capacity: 100)
        SpilledEntry.append(entry, 4711, of: .journald, section, to: &line)
        let bytes = Array(line.bytes)
        #expect(FlatObject(line.bytes) != nil)
        let back = try #require(SpilledEntry(bytes, of: .journald, section))
        #expect(back.sequence == 4711)
        #expect(back.epoch == Sample.epoch)
        func text(_ entry: EncodedEntry) -> [String] {
            var line = TextBuffer(capacity: 1)
            var form = TextBuffer(capacity: 1)
            entry.appendLine(7, to: &line)
            switch section {
            case .line: break
            case .fields: entry.appendFields(to: &form)
            case .combined: entry.appendCombined(to: &form)
            }
            return [String(decoding: line.bytes, as: UTF8.self), String(decoding: form.bytes, as: UTF8.self)]
        }
        #expect(text(back.entry) == text(entry))
        #expect(SpilledEntry(bytes, of: .file, section) == nil)
        if section != .line { #expect(SpilledEntry(bytes, of: .journald, .line) == nil) }
        for count in bytes.indices { #expect(SpilledEntry(Array(bytes.prefix(count)), of: .journald, section) == nil) }
    }
}
