//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryObservability
import RegistryTelemetry

// The configuration's words of the log in the words of the pipeline.

extension LogPipeline.Settings {
    /// - Parameter environment: `STATE_DIRECTORY`, which systemd sets for units, is where audit entries spill if the
    ///   configuration names no place.
    init(_ log: LogSettings, environment: [String: String]) {
        self.init()
        fields = log.fields
        let state = environment["STATE_DIRECTORY"].flatMap { $0.split(separator: ":").first }
        let path = log.spill.path ?? state.map { "\($0)/audit-spill.log" }
        spill = path.map { path in
            let file = { @Sendable (sink: LogSinkName) in AuditSpillSettings.path(of: sink.rawValue, beside: path) }
            return Spill(path: file, maximumBytes: log.spill.maxSize)
        }
    }
}

extension LogSettings {
    /// The sinks in use, with the log file opened.
    /// - Parameters:
    ///   - journalStream: the variable `JOURNAL_STREAM`, by which systemd tells that it connected the output to its journal.
    ///   - counters: count what happens to log files.
    ///   - observer: hears of it.
    func sinkPlans(
        journalStream: String?,
        counters: LogFileCounters,
        observer: any LogFileObserver
    ) throws(StartFailure) -> [SinkPlan] {
        let outputIsJournal = JournalStream.isJournal(STDOUT_FILENO, journalStream)
        let isConnected = outputIsJournal || JournalStream.isJournal(STDERR_FILENO, journalStream)
        let usesJournal = sinks.journald.enabled.decided { isConnected }
        var plans: [SinkPlan] = []
        // What goes to the journal by its own protocol need not go there a second time.
        if sinks.stdout.enabled.decided({ !(usesJournal && outputIsJournal) }) {
            plans.append(.stdout(filter(sinks.stdout.selection), descriptor: STDOUT_FILENO))
        }
        if usesJournal {
            let message: JournalMessage =
                switch sinks.journald.message {
                case .json: .json
                case .text: .text
                }
            plans.append(
                .journald(
                    filter(sinks.journald.selection),
                    socket: sinks.journald.socket,
                    message: message,
                    batch: sinks.journald.batch
                )
            )
        }
        if let file = sinks.file {
            do {
                let rotating = try RotatingFile.open(
                    path: file.path,
                    options: LogFileOptions(file),
                    counters: counters,
                    observer: observer
                )
                plans.append(.file(filter(file.selection), rotating, form: LineForm(file.format)))
            } catch {
                throw StartFailure(message: "configuration error: log.sinks.file.path: \(error)")
            }
        }
        return plans
    }

    /// What each sink takes.
    /// - Parameter override: what holds for all events instead of every level that is configured; nil for nothing.
    func filters(_ override: LogLevel?) -> [LogSinkName: SinkFilter] {
        var filters = [
            LogSinkName.stdout: filter(sinks.stdout.selection, override),
            .journald: filter(sinks.journald.selection, override),
        ]
        if let file = sinks.file { filters[.file] = filter(file.selection, override) }
        return filters
    }

    /// Without a level of its own a sink takes all requests, so that their lines add up, and events by `log.level`.
    private func filter(_ selection: LogSelection, _ override: LogLevel? = nil) -> SinkFilter {
        var kinds = selection.kinds
        if accessLogDisabled {
            // Writes and deletions are requests too: only a sink for audit entries alone still gets them.
            if kinds.remove(.access) != nil { kinds.remove(.audit) }
        }
        return SinkFilter(
            kinds: kinds.reduce(into: []) { $0.insert(LogKinds($1)) },
            eventLevel: Severity(override ?? selection.level ?? level),
            accessLevel: selection.level.map { Severity(override ?? $0) } ?? .debug
        )
    }
}

extension LogFileOptions {
    init(_ file: FileSinkSettings) {
        self.init(
            rotation: RotationPolicy(
                maximumBytes: file.maxSize,
                maximumAge: file.maxAge,
                mark: RotationPolicy.Mark(rawValue: file.rotateAt.rawValue)
            ),
            retention: RetentionPolicy(
                maximumFiles: file.maxFiles,
                maximumAge: file.retention,
                maximumBytes: file.maxTotal,
                minimumFreeBytes: file.minFree
            ),
            compression: file.compression == .gzip ? CompressionPolicy() : nil
        )
    }
}

extension LineForm {
    init(_ format: FileSinkSettings.Format) {
        self =
            switch format {
            case .json: .json
            case .combined: .combined
            }
    }
}

extension LogKinds {
    init(_ kind: LogKind) {
        self =
            switch kind {
            case .access: .access
            case .event: .event
            case .audit: .audit
            }
    }
}

extension LogSinkSwitch {
    fileprivate func decided(_ automatic: () -> Bool) -> Bool {
        switch self {
        case .on: true
        case .off: false
        case .auto: automatic()
        }
    }
}
