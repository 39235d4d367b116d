//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Synchronization

@testable import RegistryObservability

/// A folder with a rotating log in it, and what happened to that.
final class FileLogFolder: LogFileObserver {
    let folder: TemporaryFolder
    let clock = ManualClock()
    let counters = LogFileCounters()
    private let happened = Mutex<[LogFileEvent]>([])

    init() throws { self.folder = try TemporaryFolder() }

    var path: String { folder.path + "/access.jsonl" }

    var name: LogFileName { LogFileName(path: path) }

    func note(_ event: LogFileEvent) { happened.withLock { $0.append(event) } }

    /// Names of the events so far.
    var events: [String] { happened.withLock { $0.map(\.serverEvent.name.rawValue) } }

    var failures: [LogFileError] {
        happened.withLock { events in
            events.compactMap { if case .failed(let error) = $0 { error } else { nil } }
        }
    }

    /// What stood in the removed files.
    var removed: [LogContentSummary] {
        happened.withLock { events in
            events.compactMap { if case .removed(_, _, _, let content) = $0 { content } else { nil } }
        }
    }

    /// Opens the log; without a compression policy rotated files stay as they are.
    func open(
        _ rotation: RotationPolicy = RotationPolicy(),
        _ retention: RetentionPolicy = RetentionPolicy(),
        compression: CompressionPolicy? = nil
    ) throws -> RotatingFile {
        try RotatingFile.open(
            path: path,
            options: LogFileOptions(rotation: rotation, retention: retention, compression: compression),
            counters: counters,
            observer: self,
            clock: { [clock] in clock.now }
        )
    }

    /// Names of the files there, the hidden one left out.
    var names: [String] { get throws { try folder.files().keys.filter { !$0.hasPrefix(".") }.sorted() } }

    /// All lines in their order, compressed or not, as the reader of logs finds them.
    func lines() throws -> [String] {
        var lines: [String] = []
        try LogReader(.paths([folder.path])).read { item in
            if case .line(let line) = item { lines.append(String(decoding: line.bytes, as: UTF8.self)) }
            return true
        }
        return lines
    }
}

extension RotatingFile {
    /// Writes text.
    mutating func put(_ text: String) -> Int { Array(text.utf8).withUnsafeBufferPointer { write($0, begun: 0) } }
}
