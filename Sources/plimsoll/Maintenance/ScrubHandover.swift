//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryMaintenance
import RegistryModel

/// Has a running server compare its content with its digests, and watches.
struct ScrubHandover {
    let client: ControlClient

    /// Asks, prints what is found, and waits until it is over.
    ///
    /// One that is under way is as good: what it has found is printed, and its end waited for. SIGINT has the server end one
    /// that it has begun for this command, and no other.
    /// - Throws: an exit code, after the reason was printed, unless all content is whole.
    func run() async throws {
        let before = try status()["scrubbing"]?.count("done") ?? 0
        guard try begin() else {
            let since = try status()["scrub"]?["began"]?.string.map { ", since \($0)" } ?? ""
            CommandFailure.tell(
                "a check of all content is under way\(since): what it finds follows; Ctrl-C does not end it"
            )
            return try await watch(since: before)
        }
        try await client.maintaining { try await watch(since: before) }
    }

    /// - Returns: false where one is under way that somebody else has begun.
    private func begin() throws -> Bool {
        do throws(ControlTrouble) {
            _ = try client.ask("scrub", isChange: true)
            return true
        } catch .refused(code: "conflict", message: _) {
            return false
        } catch {
            throw ControlClient.told(error, about: "the storage")
        }
    }

    private func watch(since before: Int) async throws {
        let meter = ProgressMeter("check of content")
        var told = 0
        while true {
            let answer = try status()
            guard let (state, position) = answer["scrubbing"].flatMap({ state in answer["scrub"].map { (state, $0) } })
            else { throw failure("the server is of another version than this program") }
            let isOver = state.count("done") > before
            // Until one has begun that waits for something else, those are known that the last one has found.
            if state.count("found") > told, isOver || position["began"]?.string != nil {
                meter.end()
                told = try tell(after: told)
            }
            if isOver {
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
        // A signal may end the command before it does so itself.
        fflush(nil)
        return findings.count
    }

    private func status() throws -> StrictJSON { try client.answer("maintenance", about: "the storage").content }

    private func failure(_ message: String) -> ExitCode {
        CommandFailure.tell("error: \(message)")
        return ExitCode(1)
    }
}
