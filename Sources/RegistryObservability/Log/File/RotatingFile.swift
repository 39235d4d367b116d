//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
package import RegistryTelemetry

/// A log file that is ended and begun anew, with the ended files compressed and in time removed.
///
/// - Nothing is ever overwritten, and no line is split between files.
/// - Nothing is written to a file that has no name any more, where nobody would find it.
/// - What was written is on the disk about a second later.
/// - Errors never stop it: ``write(_:begun:)`` returns what it could write, tries again later, and resumes by itself.
/// - One process writes a log at a time; a lock sees to that.
package struct RotatingFile: ~Copyable, Sendable {
    let folder: LogFolder
    private(set) var options: LogFileOptions
    let report: LogFileReport
    let clock: @Sendable () -> Moment
    let keeper: LogFileKeeper
    private var threads: [LogThread] = []
    var state: LogStateFile
    var schedule: RotationSchedule
    /// What is written to; -1 if nothing is open.
    var descriptor: Int32 = -1
    var identity: FileIdentity?
    /// The name under which the open file is waiting for a new one to be opened.
    var ended: RotatedName?
    /// The last line written is not ended yet: no rotation now.
    var isInsideLine = false
    /// Something was written that may not be on the disk.
    private var isDirty = false
    /// The path leads to another file, or to none, or is to be opened anew.
    var mustReopen = false
    /// Why nothing is open, as a number of the system's.
    var cause: Int32 = 0
    private var writeBackOff = BackOff(first: .milliseconds(50), longest: .seconds(1))

    /// Opens the log, repairs its end if a crash left half a line, and starts the threads that compress and remove.
    /// - Parameters:
    ///   - path: of the file; its folder must exist.
    ///   - options: how the log is kept.
    ///   - counters: count what happens to the files.
    ///   - observer: hears of it.
    ///   - clock: for tests.
    /// - Throws: ``LogFileError`` if the file cannot be written, or another process writes it.
    package static func open(
        path: String,
        options: LogFileOptions,
        counters: LogFileCounters,
        observer: any LogFileObserver,
        clock: @escaping @Sendable () -> Moment = { Moment.now }
    ) throws(LogFileError) -> RotatingFile {
        let folder = LogFolder(name: LogFileName(path: path))
        let report = LogFileReport(counters: counters, observer: observer)
        let state = try LogStateFile(folder, mode: options.mode)
        var file = RotatingFile(folder, options, report, state, clock)
        try file.openFile(O_CREAT)
        let keeper = file.keeper
        file.threads.append(try LogThread(isIdle: false) { keeper.keepLimits() })
        // Also without compression, which may come to be asked for.
        file.threads.append(try LogThread(isIdle: options.compression?.isIdle ?? true) { keeper.compress() })
        return file
    }

    private init(
        _ folder: LogFolder,
        _ options: LogFileOptions,
        _ report: LogFileReport,
        _ state: consuming LogStateFile,
        _ clock: @escaping @Sendable () -> Moment
    ) {
        self.folder = folder
        self.options = options
        self.report = report
        self.state = state
        self.clock = clock
        self.keeper = LogFileKeeper(folder, options, report) { clock().wall }
        self.schedule = RotationSchedule(options.rotation)
    }

    deinit {
        keeper.stop()
        if descriptor >= 0 {
            fdatasync(descriptor)
            close(descriptor)
        }
        for thread in threads { thread.join() }
    }

    /// Has what was written put on the disk.
    mutating func synchronize() {
        guard isDirty, descriptor >= 0 else { return }
        isDirty = false
        if fdatasync(descriptor) == 0 {
            report.succeed(at: .synchronizing)
        } else {
            report.fail(LogFileError("fdatasync", folder.name.path), at: .synchronizing)
        }
    }

    /// Writes to the open file.
    /// - Returns: bytes written; less than there are only after an error.
    private mutating func put(_ bytes: UnsafeBufferPointer<UInt8>, at now: Moment) -> Int {
        let count = DescriptorOutput(descriptor: descriptor).write(bytes)
        let cause = errno
        if count > 0 {
            isDirty = true
            isInsideLine = bytes[count - 1] != .lineFeed
            schedule.wrote(count)
        }
        if count < bytes.count {
            report.counters.writeFailures.add()
            writeBackOff.fail(at: now.instant)
            // What is too old or too much may be in the way.
            keeper.hurry()
            // The caller tells of it.
            errno = cause
        } else {
            writeBackOff.succeed()
        }
        return count
    }
}

extension RotatingFile: LogOutput {
    package mutating func write(_ lines: UnsafeBufferPointer<UInt8>, begun: Int) -> Int {
        let now = clock()
        guard !writeBackOff.holds(at: now.instant) else { return begun }
        lookAtFile()
        if descriptor < 0 || mustReopen, !isInsideLine { reopen(at: now) }
        guard descriptor >= 0 else {
            writeBackOff.fail(at: now.instant)
            errno = cause
            return 0
        }
        var written = isInsideLine ? begun : 0
        while written < lines.count {
            let rest = UnsafeBufferPointer(rebasing: lines[written...])
            if !isInsideLine, let reason = schedule.reason(at: now) { rotate(reason, at: now) }
            var room = schedule.room(for: rest, isInsideLine: isInsideLine)
            if room == 0, !schedule.isHeldBack(at: now) {
                schedule.ask(.size)
                continue
            }
            // The file cannot be ended now: rather too long a file than a lost line.
            if room == 0 { room = rest.count }
            let count = put(UnsafeBufferPointer(rebasing: rest[..<room]), at: now)
            written += count
            if count < room { break }
        }
        return written
    }

    package mutating func takeBack(_ begun: Int) -> Bool {
        lookAtFile()
        guard isInsideLine else { return true }
        // If it stays, the next start removes it.
        guard ftruncate(descriptor, off_t(schedule.size - Int64(begun))) == 0 else { return false }
        lookAtFile()
        return true
    }

    package mutating func tick() {
        let now = clock()
        synchronize()
        lookAtFile()
        lookAtPath()
        guard !isInsideLine else { return }
        if mustReopen || descriptor < 0 {
            reopen(at: now)
        } else if let reason = schedule.reason(at: now) {
            rotate(reason, at: now)
        }
    }

    package mutating func perform(_ command: LogCommand) {
        switch command {
        case .rotate: schedule.ask(.command)
        case .reopen: mustReopen = true
        case .keep(let options):
            self.options = options
            schedule.follow(options.rotation)
            keeper.follow(options)
        }
        tick()
    }
}
