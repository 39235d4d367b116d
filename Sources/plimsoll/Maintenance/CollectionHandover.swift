//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryMaintenance
import RegistryModel
import RegistryTelemetry
import Synchronization

/// Has a running server collect garbage, and watches.
struct CollectionHandover {
    let client: ControlClient
    let isDryRun: Bool

    struct End {
        var plan: ControlClient.Answer?
        var report: ControlClient.Answer?
    }

    /// Asks, waits until it is over, and hands on what was planned and done.
    ///
    /// SIGINT has the server end it.
    func run(_ parameters: [(String, String?)]) async throws -> End {
        let before = try status().content.count("done")
        _ = try client.answer("collect", isChange: true, parameters, about: "the storage")
        let last = try await client.maintaining { try await watch(since: before) }
        var end = End()
        let collection = last.content["collection"]
        if isDryRun, let failure = collection?["plan_failure"]?.string {
            CommandFailure.tell("error: \(failure)")
            throw ExitCode(1)
        }
        if collection?["has_plan"]?.bool == true {
            end.plan = try client.answer("collection-plan", about: "the storage")
        }
        if !isDryRun { end.report = try client.answer("collection-report", about: "the storage") }
        return end
    }

    private func status() throws -> ControlClient.Answer {
        try client.answer("maintenance", about: "the storage")
    }

    private func watch(since before: Int) async throws -> ControlClient.Answer {
        let meter = ProgressMeter("collection")
        while true {
            let answer = try status()
            if answer.content.count("done") > before, answer.content["activity"]?.string == "nothing" {
                meter.end()
                return answer
            }
            if let collection = answer.content["collection"] {
                meter.show { CollectionMeter.text(Self.progress(collection)) }
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private static func progress(_ content: StrictJSON) -> CollectionMonitor.Progress {
        var progress = CollectionMonitor.Progress()
        progress.phase = content["phase"]?.string.flatMap { CollectionPhase(rawValue: $0) } ?? .idle
        progress.repositories = content.count("repositories")
        progress.swept = content.count("swept")
        progress.planned = content.count("planned")
        progress.removedBytes = Int64(content.count("removed_bytes"))
        return progress
    }
}

/// Tells of a collection on standard error while it goes on.
struct CollectionMeter {
    private let progress: @Sendable () -> CollectionMonitor.Progress

    init(_ progress: @escaping @Sendable () -> CollectionMonitor.Progress) { self.progress = progress }

    static func text(_ progress: CollectionMonitor.Progress) -> String {
        switch progress.phase {
        case .idle: "begins"
        case .marking: progress.repositories > 0 ? "marking, \(progress.repositories) repositories" : "marking"
        case .sweeping:
            "\(progress.swept) of \(progress.planned) blobs, \(progress.removedBytes) bytes taken out"
        case .emptying: "emptying the trash"
        }
    }

    func watch<Output: Sendable>(_ body: @escaping @Sendable () async -> Output) async -> Output {
        let (meter, progress) = (ProgressMeter("collection"), progress)
        return await withTaskGroup(of: Output?.self) { group in
            group.addTask { await body() }
            group.addTask {
                while !Task.isCancelled {
                    meter.show { Self.text(progress()) }
                    try? await Task.sleep(for: .milliseconds(200))
                }
                return nil
            }
            while let output = await group.next() {
                guard let output else { continue }
                group.cancelAll()
                meter.end()
                return output
            }
            preconditionFailure("the body returns")
        }
    }
}

/// What a collection has done, in a sentence.
struct CollectionSummary {
    let text: String

    init(_ report: StrictJSON) {
        let removed = report["removed"]
        let planned = report["planned"]
        func counts(_ content: StrictJSON?) -> String {
            """
            \(content?.count("blobs") ?? 0) blobs (\(content?.count("bytes") ?? 0) bytes), \
            \(content?.count("manifests") ?? 0) manifests, \(content?.count("links") ?? 0) layer links, \
            \(content?.count("repositories") ?? 0) repositories
            """
        }
        var lines = ["taken out: \(counts(removed))", "planned: \(counts(planned))"]
        for reason in SpareReason.allCases {
            guard let tally = report["spared"]?[reason.rawValue] else { continue }
            lines.append("left, \(reason.rawValue): \(tally.count("count")) (\(tally.count("bytes")) bytes)")
        }
        if report["trashed"]?.bool == true, let run = report["run"]?.string, removed?.count("bytes") ?? 0 > 0 {
            lines.append("in the trash as \(run): its space is free when the trash is emptied")
        }
        if report.count("emptied_bytes") > 0 {
            lines.append("deleted out of the trash: \(report.count("emptied_bytes")) bytes")
        }
        let seconds = Double(report.count("duration_ms")) / 1000
        lines.append("\(report["result"]?.string ?? "") after \(seconds) s")
        if let failure = report["failure"]?.string { lines.append("error: \(failure)") }
        text = lines.joined(separator: "\n")
    }
}
