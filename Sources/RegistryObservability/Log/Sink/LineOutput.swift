//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Writes lines in large pieces, whole lines only.
///
/// When a write fails it is tried again, with growing pauses, until it works; meanwhile the sink's queue takes what it has
/// room for. Only when the server ends the lines not yet written are given up: audit entries to the spill file, the others
/// lost and counted. If writing failed in the midst of a line, the rest of that line comes first: a full disk that has room
/// again has no torn line in its log.
struct LineOutput<Output: LogOutput & ~Copyable>: EntryOutput, ~Copyable {
    private var output: Output
    private let context: OutputContext
    private let form: LineForm
    private var buffer = TextBuffer(capacity: 2 * pieceSize)
    /// Numbers of the lines in the buffer, whole or not.
    private var sequences: [Int64] = []
    /// Bytes of the buffer's first line that are written.
    private var begunBytes = 0
    /// Half a line stands in the output, whose other half never comes.
    private var isTorn = false
    private var loss = WriteLoss()
    private var isFailing = false

    init(_ output: consuming Output, _ context: OutputContext, _ form: LineForm = .json) {
        self.output = output
        self.context = context
        self.form = form
    }

    /// What tells of the sink itself has no place among lines of requests.
    var takesEvents: Bool { form == .json }

    mutating func add(_ entry: EncodedEntry, _ sequence: Int64) {
        switch form {
        case .json: entry.appendLine(sequence, to: &buffer)
        case .combined: entry.appendCombined(to: &buffer)
        }
        sequences.append(sequence)
        if buffer.count >= pieceSize { writeOut() }
    }

    mutating func flush() -> WriteLoss {
        if buffer.count > 0 { writeOut() }
        defer { loss = WriteLoss() }
        return loss
    }

    var begun: Int64? { begunBytes > 0 ? sequences.first : nil }

    mutating func finish() -> WriteLoss {
        var loss = flush()
        if begunBytes > 0 {
            isTorn = !output.takeBack(begunBytes)
            begunBytes = 0
            lose()
            loss += self.loss
            self.loss = WriteLoss()
        }
        return loss
    }

    mutating func tick() { output.tick() }

    mutating func perform(_ command: LogCommand) { output.perform(command) }

    private mutating func writeOut() {
        var pause = firstPause
        while true {
            let written = put()
            let cause = String(cString: strerror(errno))
            guard written < buffer.count else { return succeed() }
            fail(cause)
            advance(written)
            guard !context.isEnding() else { return lose() }
            output.tick()
            for command in context.takeCommands() { output.perform(command) }
            rest(pause)
            pause = min(2 * pause, longestPause)
        }
    }

    /// - Returns: bytes of the buffer that are written then.
    private mutating func put() -> Int {
        if isTorn {
            // So that no other line is torn with it.
            guard withUnsafeBytes(of: lineFeed, { output.write($0.bindMemory(to: UInt8.self), begun: 0) }) == 1 else {
                return 0
            }
            isTorn = false
        }
        return output.write(buffer.bytes, begun: begunBytes)
    }

    private mutating func succeed() {
        context.written.add(Int64(sequences.count))
        buffer.removeAll()
        sequences.removeAll(keepingCapacity: true)
        begunBytes = 0
        if isFailing { context.note(ServerEvent(.logSinkRecovered, [context.name])) }
        isFailing = false
    }

    private mutating func fail(_ cause: String) {
        context.fail()
        if !isFailing { context.note(ServerEvent(.logSinkFailed, [context.name, .init(.cause, .text(cause))])) }
        isFailing = true
    }

    /// Goes on behind the lines that are written.
    private mutating func advance(_ written: Int) {
        let complete = buffer.bytes[..<written].count { $0 == lineFeed }
        context.written.add(Int64(complete))
        sequences.removeFirst(complete)
        let end = buffer.bytes[..<written].lastIndex(of: lineFeed).map { $0 + 1 } ?? 0
        begunBytes = written - end
        buffer.keep(end..<buffer.count)
    }

    /// Gives up all lines but one that was begun.
    private mutating func lose() {
        let kept = begunBytes > 0 ? 1 : 0
        let lost = sequences[kept...]
        loss.add(lost)
        context.lost.add(Int64(lost.count))
        let end = begunBytes > 0 ? buffer.bytes.firstIndex(of: lineFeed).map { $0 + 1 } ?? 0 : 0
        buffer.keep(0..<end)
        sequences.removeLast(lost.count)
    }

    /// - Parameter pause: in milliseconds.
    private func rest(_ pause: Int32) {
        var remaining = pause
        while remaining > 0, !context.isEnding() {
            poll(nil, 0, min(remaining, firstPause))
            remaining -= firstPause
        }
    }
}

/// Of the pauses between attempts, in milliseconds.
private let firstPause: Int32 = 50
private let longestPause: Int32 = 1_000

private let lineFeed = UInt8(ascii: "\n")

/// Bytes after which the buffer is written, so that a long queue needs no large memory.
private let pieceSize = 256 * 1024
