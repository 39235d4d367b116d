//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Sends entries to systemd's journal by its native protocol.
///
/// Used by the sink's own thread only, which waits here: for room when the journal is slow or stopped, and with growing
/// pauses for a journal that is gone. Meanwhile the sink's queue takes what it has room for.
struct JournalOutput: EntryOutput, ~Copyable {
    private let context: OutputContext
    private let form: JournalForm
    private var socket: JournalSocket
    private var datagram = TextBuffer(capacity: 16_384)
    /// Numbers of the entries in the datagram.
    private var sequences: [Int64] = []
    private var loss = WriteLoss()
    private var isFailing = false
    /// Connected, and nothing sent since.
    private var isFresh = false
    private var pause = Self.firstPause
    private var pacing = JournalPacing()

    // In milliseconds.
    private static let firstPause: Int32 = 100
    private static let longestPause: Int32 = 10_000
    private static let slice: Int32 = 200
    /// Bytes after which a datagram is sent: the socket has room for three like that.
    private static let fullDatagram = 64 << 10

    /// - Parameter path: of the journal's socket.
    init(path: String, _ form: JournalForm, _ context: OutputContext) {
        self.context = context
        self.form = form
        self.socket = JournalSocket(path: path)
    }

    mutating func add(_ entry: EncodedEntry, _ sequence: Int64) {
        // An empty line is between entries.
        if !sequences.isEmpty { datagram.append("\n") }
        if form.message == .json {
            // The line feed that ends the line ends the field.
            datagram.append("MESSAGE=")
            entry.appendLine(sequence, to: &datagram)
        }
        entry.appendFields(to: &datagram)
        datagram.append(LogKey.seq.journal)
        datagram.append(sequence)
        datagram.append("\n")
        sequences.append(sequence)
        if sequences.count >= form.batch || datagram.count >= Self.fullDatagram { sendOut() }
    }

    var takesEvents: Bool { true }

    mutating func flush() -> WriteLoss {
        if !sequences.isEmpty { sendOut() }
        defer { loss = WriteLoss() }
        return loss
    }

    mutating func tick() {}

    mutating func perform(_ command: LogCommand) {}

    /// Sends the datagram, and begins a new one.
    private mutating func sendOut() {
        if deliver() {
            context.written.add(Int64(sequences.count))
        } else {
            loss.add(sequences)
            context.lost.add(Int64(sequences.count))
        }
        sequences.removeAll(keepingCapacity: true)
        datagram.removeAll()
    }

    /// Sends what is in the datagram, and waits for as long as that takes.
    /// - Returns: false if it cannot be sent, or nobody waits any more.
    private mutating func deliver() -> Bool {
        while true {
            switch socket.send(datagram.bytes) {
            case .sent: return succeed()
            case .full: waitForRoom()
            case .tooLarge: return deliverInMemory()
            case .gone(let cause): reconnect(cause)
            }
            if context.isAbandoned() { return false }
        }
    }

    private mutating func deliverInMemory() -> Bool {
        guard let memory = SealedMemory(datagram.bytes) else {
            context.fail()
            return false
        }
        while true {
            switch socket.send(memory) {
            case .sent: return succeed()
            case .full: waitForRoom()
            case .tooLarge: return false
            case .gone(let cause): reconnect(cause)
            }
            if context.isAbandoned() { return false }
        }
    }

    private mutating func waitForRoom() {
        switch pacing.full() {
        case .sleep(let microseconds): usleep(microseconds)
        case .poll: socket.waitForRoom(milliseconds: Self.slice)
        }
    }

    private mutating func succeed() -> Bool {
        pacing.sent()
        isFresh = false
        guard isFailing else { return true }
        isFailing = false
        pause = Self.firstPause
        context.note(ServerEvent(.logSinkRecovered, [context.name]))
        return true
    }

    /// Connects; if that fails, it is told of once, and waited a while.
    private mutating func reconnect(_ cause: String) {
        // A connection over which nothing was ever sent did not help; then another will not at once either.
        let failure = socket.connect()
        if failure == nil, !isFresh {
            isFresh = true
            return
        }
        context.fail()
        if !isFailing {
            isFailing = true
            context.note(ServerEvent(.logSinkFailed, [context.name, .init(.cause, .text(failure ?? cause))]))
        }
        var rest = pause
        while rest > 0, !context.isAbandoned() {
            poll(nil, 0, min(rest, Self.slice))
            rest -= Self.slice
        }
        pause = min(2 * pause, Self.longestPause)
    }
}
