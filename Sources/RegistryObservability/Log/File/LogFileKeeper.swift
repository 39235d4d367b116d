//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import RegistryTelemetry
import Synchronization

/// Compresses and removes rotated files, on a thread of its own.
///
/// It remembers nothing: each pass looks at what is in the folder, so it goes on after a crash at any step.
final class LogFileKeeper: Sendable {
    private let folder: LogFolder
    private let options: LogFileOptions
    private let report: LogFileReport
    private let wall: @Sendable () -> WallTime
    private let wake = DispatchSemaphore(value: 0)
    private let isStopped = Atomic<Bool>(false)
    /// Sequence numbers of files that may still be written to.
    private let held = Mutex<Set<Int64>>([])

    /// How often limits of age and free space are looked at when nothing is rotated.
    private static let interval = Duration.seconds(10)

    init(
        _ folder: LogFolder,
        _ options: LogFileOptions,
        _ report: LogFileReport,
        wall: @escaping @Sendable () -> WallTime
    ) {
        self.folder = folder
        self.options = options
        self.report = report
        self.wall = wall
    }

    /// Keeps hands off a file that is being rotated.
    func hold(_ name: RotatedName) { held.withLock { _ = $0.insert(name.sequence) } }

    /// The file is complete.
    func release(_ name: RotatedName) {
        held.withLock { _ = $0.remove(name.sequence) }
        wake.signal()
    }

    /// There may be something to do: room is needed.
    func hurry() { wake.signal() }

    /// Has the thread end soon; what it is at is done again at the next start.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        wake.signal()
    }

    private var goesOn: Bool { !isStopped.load(ordering: .acquiring) }

    /// The thread's body.
    func run() {
        var backOff = BackOff(first: Self.interval, longest: .seconds(300))
        while goesOn {
            do throws(LogFileError) {
                try retain()
                if !backOff.holds(at: .now) {
                    if compressAll() { backOff.succeed() } else { backOff.fail(at: .now) }
                }
            } catch {
                backOff.fail(at: .now)
                report.note(.failed(error))
            }
            pause(Self.interval)
        }
    }

    private func pause(_ time: Duration) {
        _ = wake.wait(timeout: .now() + .microseconds(Int(time.microseconds)))
    }

    // MARK: Removing

    private func retain() throws(LogFileError) {
        let entries = try folder.rotated()
        for entry in entries where entry.forms.contains(.compressing) {
            // Only this thread makes them, one at a time: it is left over.
            try folder.remove(folder.path(entry.name, .compressing))
        }
        let held = held.withLock { $0 }
        let files = entries.filter { !held.contains($0.name.sequence) && $0.forms != [.compressing] }
        let forms = Dictionary(files.map { ($0.name, $0.forms) }) { $1 }
        let situation = RetentionPolicy.Situation(
            files: files.map { entry in
                .init(name: entry.name, bytes: entry.forms.reduce(0) { $0 + folder.size(folder.path(entry.name, $1)) })
            },
            activeBytes: folder.size(folder.name.path),
            freeBytes: try folder.freeBytes(),
            now: wall()
        )
        for (file, reason) in options.retention.removals(in: situation) {
            try remove(file, forms[file.name] ?? [], reason)
        }
    }

    private func remove(
        _ file: RetentionPolicy.File,
        _ forms: Set<RotatedName.Form>,
        _ reason: RemovalReason
    ) throws(LogFileError) {
        let path = folder.path(file.name, forms.contains(.plain) ? .plain : .compressed)
        // When the disk is full there is no time to read what goes.
        let content = reason == .freeSpace ? nil : try? LogContentSummary.entries(of: path)
        for form in RotatedName.Form.allCases where forms.contains(form) {
            try folder.remove(folder.path(file.name, form))
        }
        try folder.synchronize()
        report.note(.removed(path: path, bytes: file.bytes, reason: reason, content: content))
    }

    // MARK: Compressing

    /// Compresses what is not, oldest first; a file that fails does not keep the next from being compressed.
    /// - Returns: whether nothing failed.
    private func compressAll() -> Bool {
        guard let policy = options.compression else { return true }
        let compressor = LogCompressor(folder: folder, policy: policy)
        var succeeds = true
        for entry in (try? folder.rotated()) ?? [] where entry.forms.contains(.plain) {
            guard goesOn else { break }
            guard held.withLock({ !$0.contains(entry.name.sequence) }) else { continue }
            do throws(LogFileError) {
                try compress(entry, compressor)
                try retain()
            } catch {
                succeeds = false
                report.note(.failed(error))
            }
        }
        return succeeds
    }

    private func compress(_ entry: LogFolder.Entry, _ compressor: LogCompressor) throws(LogFileError) {
        if entry.forms.contains(.compressed) { return try compressor.finish(entry.name) }
        var pace = Pace(bytesPerSecond: compressor.policy.bytesPerSecond)
        let result = try compressor.compress(entry.name) { bytes in
            let wait = pace.wait(after: bytes, at: .now)
            if wait > .zero, goesOn { pause(wait) }
            return goesOn
        }
        guard let result else { return }
        report.note(
            .compressed(
                path: result.path,
                bytes: result.content.bytes,
                compressedBytes: result.compressedBytes,
                lines: result.content.lines
            )
        )
    }
}

/// Keeps work below a number of bytes a second.
struct Pace {
    private let bytesPerSecond: Int64?
    private var earliest: ContinuousClock.Instant?

    /// - Parameter bytesPerSecond: nil is no limit.
    init(bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond }

    /// How long to wait now that so many bytes are done.
    mutating func wait(after bytes: Int, at now: ContinuousClock.Instant) -> Duration {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return .zero }
        let cost = Duration.microseconds(Int64(bytes) * 1_000_000 / bytesPerSecond)
        let next = max(earliest ?? now, now) + cost
        earliest = next
        return next - now
    }
}

/// Where what happens to log files is counted and told.
struct LogFileReport: Sendable {
    let counters: LogFileCounters
    let observer: any LogFileObserver

    func note(_ event: LogFileEvent) {
        counters.count(event)
        observer.note(event)
    }
}
