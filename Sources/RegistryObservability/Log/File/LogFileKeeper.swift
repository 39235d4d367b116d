//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import RegistryTelemetry
import Synchronization

/// Removes and compresses rotated files, on two threads of its own: removing may be urgent, compressing never is.
///
/// It remembers nothing: each pass looks at what is in the folder, so it goes on after a crash at any step.
final class LogFileKeeper: Sendable {
    let folder: LogFolder
    let report: LogFileReport
    private let wall: @Sendable () -> WallTime
    private let limitsWake = DispatchSemaphore(value: 0)
    private let compressionWake = DispatchSemaphore(value: 0)
    private let isStopped = Atomic<Bool>(false)
    private let state: Mutex<State>

    private struct State {
        var retention: RetentionPolicy
        /// Nil leaves files as they are.
        var compression: CompressionPolicy?
        /// Files that may still be written to.
        var held: Set<Int64> = []
        /// The file that is being compressed.
        var compressing: Int64?
    }

    /// How often limits of age and free space are looked at when nothing is rotated.
    private static let interval = Duration.seconds(10)

    init(
        _ folder: LogFolder,
        _ options: LogFileOptions,
        _ report: LogFileReport,
        wall: @escaping @Sendable () -> WallTime
    ) {
        self.folder = folder
        self.state = Mutex(State(retention: options.retention, compression: options.compression))
        self.report = report
        self.wall = wall
    }

    /// Keeps files otherwise from now on; what is being compressed is finished.
    func follow(_ options: LogFileOptions) {
        state.withLock { state in
            state.retention = options.retention
            state.compression = options.compression
        }
        limitsWake.signal()
        compressionWake.signal()
    }

    /// Keeps hands off a file that is being rotated.
    func hold(_ name: RotatedName) { state.withLock { _ = $0.held.insert(name.sequence) } }

    /// The file is complete.
    func release(_ name: RotatedName) {
        state.withLock { _ = $0.held.remove(name.sequence) }
        limitsWake.signal()
        compressionWake.signal()
    }

    /// There may be something to remove: room is needed.
    func hurry() { limitsWake.signal() }

    /// Has the threads end soon; what they are at is done again at the next start.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        limitsWake.signal()
        compressionWake.signal()
    }

    private var goesOn: Bool { !isStopped.load(ordering: .acquiring) }

    private static func pause(_ wake: DispatchSemaphore, _ time: Duration) {
        _ = wake.wait(timeout: .now() + .microseconds(Int(time.microseconds)))
    }

    // MARK: Removing

    /// The body of the first thread.
    func keepLimits() {
        while goesOn {
            do throws(LogFileError) {
                try removeLeftovers()
                try removeBeyondLimits()
                report.succeed(at: .removing)
            } catch {
                report.fail(error, at: .removing)
            }
            Self.pause(limitsWake, Self.interval)
        }
    }

    /// Removes what a compression that was killed has left.
    private func removeLeftovers() throws(LogFileError) {
        for entry in try folder.rotated() where entry.forms.contains(.compressing) {
            try state.withLock { (state) throws(LogFileError) in
                guard state.compressing != entry.name.sequence else { return }
                try folder.remove(folder.path(entry.name, .compressing))
            }
        }
    }

    /// Removes what goes beyond the limits; a file that cannot be removed does not keep the next from it.
    private func removeBeyondLimits() throws(LogFileError) {
        let (held, retention) = state.withLock { ($0.held, $0.retention) }
        let files = try folder.rotated().filter { !held.contains($0.name.sequence) && $0.forms != [.compressing] }
        let forms = Dictionary(files.map { ($0.name, $0.forms) }) { $1 }
        var situation = RetentionPolicy.Situation(
            files: files.map { entry in
                .init(name: entry.name, bytes: entry.forms.reduce(0) { $0 + folder.size(folder.path(entry.name, $1)) })
            },
            activeBytes: folder.size(folder.name.path),
            freeBytes: try folder.freeBytes(),
            now: wall()
        )
        var failure: LogFileError?
        while let (file, reason) = retention.removals(in: situation).first {
            do throws(LogFileError) {
                try remove(file, forms[file.name] ?? [], reason)
                situation.freeBytes += file.bytes
            } catch {
                failure = failure ?? error
                // It is there, and is none that could go.
                situation.activeBytes += file.bytes
            }
            situation.files.removeAll { $0 == file }
        }
        if let failure { throw failure }
    }

    private func remove(
        _ file: RetentionPolicy.File,
        _ forms: Set<RotatedName.Form>,
        _ reason: RemovalReason
    ) throws(LogFileError) {
        let path = folder.path(file.name, forms.contains(.plain) ? .plain : .compressed)
        // When the disk is full there is no time to read what goes.
        let content = reason == .freeSpace ? nil : try? LogContentSummary.entries(of: path)
        try state.withLock { (state) throws(LogFileError) in
            // A compression under way finds that the file is not its own any more.
            if state.compressing == file.name.sequence { state.compressing = nil }
            for form in RotatedName.Form.allCases { try folder.remove(folder.path(file.name, form)) }
        }
        try folder.synchronize()
        report.note(.removed(path: path, bytes: file.bytes, reason: reason, content: content))
    }

    // MARK: Compressing

    /// The body of the second thread.
    func compress() {
        var backOff = BackOff(first: Self.interval, longest: .seconds(300))
        while goesOn {
            if let policy = state.withLock(\.compression), !backOff.holds(at: .now) {
                let isDone = compressAll(LogCompressor(folder: folder, policy: policy))
                if isDone { backOff.succeed() } else { backOff.fail(at: .now) }
            }
            Self.pause(compressionWake, Self.interval)
        }
    }

    /// Compresses what is not, oldest first; a file that fails does not keep the next from being compressed.
    /// - Returns: whether nothing failed.
    private func compressAll(_ compressor: LogCompressor) -> Bool {
        var succeeds = true
        for entry in (try? folder.rotated()) ?? [] where entry.forms.contains(.plain) {
            guard goesOn else { break }
            let isFree = state.withLock { state in
                guard !state.held.contains(entry.name.sequence) else { return false }
                state.compressing = entry.name.sequence
                return true
            }
            guard isFree else { continue }
            do throws(LogFileError) {
                try compress(entry, compressor)
            } catch {
                // It may have been removed meanwhile, as it should.
                if isMine(entry.name) {
                    succeeds = false
                    report.fail(error, at: .compressing)
                }
            }
            state.withLock { $0.compressing = nil }
        }
        if succeeds { report.succeed(at: .compressing) }
        return succeeds
    }

    private func isMine(_ name: RotatedName) -> Bool { state.withLock { $0.compressing == name.sequence } }

    private func compress(_ entry: LogFolder.Entry, _ compressor: LogCompressor) throws(LogFileError) {
        if entry.forms.contains(.compressed) { return try compressor.finish(entry.name) }
        var pace = Pace(bytesPerSecond: compressor.policy.bytesPerSecond)
        let content = try compressor.compress(entry.name) { bytes in
            let wait = pace.wait(after: bytes, at: .now)
            if wait > .zero, goesOn { Self.pause(compressionWake, wait) }
            return goesOn && isMine(entry.name)
        }
        guard let content else { return }
        let isDone = try state.withLock { (state) throws(LogFileError) in
            guard state.compressing == entry.name.sequence else { return false }
            try compressor.publish(entry.name)
            return true
        }
        guard isDone else { return }
        let path = folder.path(entry.name, .compressed)
        report.note(
            .compressed(
                path: path,
                bytes: content.bytes,
                compressedBytes: folder.size(path),
                lines: content.lines
            )
        )
        // Now that there is room again.
        limitsWake.signal()
    }
}
