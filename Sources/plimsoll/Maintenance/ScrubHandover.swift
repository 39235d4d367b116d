//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryMaintenance
import RegistryModel

/// Has a running server compare its content with its digests, and watches.
struct ScrubHandover {
    let client: ControlClient

    /// Asks, prints what is found, and waits until it is over.
    ///
    /// SIGINT has the server end it.
    /// - Throws: an exit code, after the reason was printed, unless all content is whole.
    func run() async throws {
        let before = try status()["scrubbing"]?.count("done") ?? 0
        _ = try client.answer("scrub", isChange: true, about: "the storage")
        try await client.maintaining { try await watch(since: before) }
    }

    private func watch(since before: Int) async throws {
        let meter = ProgressMeter("check of content")
        var told = 0
        while true {
            let answer = try status()
            guard let (state, position) = answer["scrubbing"].flatMap({ state in answer["scrub"].map { (state, $0) } })
            else { throw failure("the server is of another version than this program") }
            if state.count("found") > told {
                meter.end()
                told = try tell(after: told)
            }
            if state.count("done") > before {
                meter.end()
                let damaged = position.count("damaged")
                CommandFailure.tell(
                    "\(position.count("blobs")) blobs, \(position.count("bytes")) bytes read; \(damaged) damaged"
                )
                guard damaged == 0 else { throw failure("damaged content was found") }
                return
            }
            if let trouble = state["trouble"]?.string {
                throw failure("\(trouble); the server goes on with it as soon as it can")
            }
            guard state["under_way"]?.bool == true else { throw failure("it was ended before it was over") }
            meter.show { "\(position.count("shard")) of 512 parts, \(position.count("blobs")) blobs" }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Prints what was found since.
    /// - Returns: how many there are.
    private func tell(after told: Int) throws -> Int {
        let findings = try client.answer("scrub-findings", about: "the storage").content["findings"]?.array ?? []
        for finding in findings.dropFirst(told) {
            print(
                """
                \(finding["digest"]?.string ?? "") is \(finding["actual"]?.string ?? ""), \(finding.count("size")) bytes
                """
            )
        }
        return findings.count
    }

    private func status() throws -> StrictJSON { try client.answer("maintenance", about: "the storage").content }

    private func failure(_ message: String) -> ExitCode {
        CommandFailure.tell("error: \(message)")
        return ExitCode(1)
    }
}
