//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// A real journal, read back through journalctl.
@Suite("The journal", .timeLimit(.minutes(5)))
struct JournalTests {
    private func withJournal(
        _ more: String = "",
        _ body: (ServerProcess, JournalProcess) async throws -> Void
    ) async throws {
        let root = try TemporaryFolder()
        try await JournalProcess.with { journal in
            let sink = "journald: {enabled: true, socket: \(journal.socket)\(more)}"
            try await ServerProcess.with(root: root.path) {
                $0.log = "sinks: {stdout: {enabled: true}, \(sink)}"
            } _: { server in
                try await body(server, journal)
            }
        }
    }

    /// Waits until the entry of a response is in the journal.
    private func entry(of response: WireResponse, in journal: JournalProcess) async throws -> JSONValue {
        let id = try #require(response["x-request-id"])
        var found: [JSONValue] = []
        try await eventually("the entry is in the journal") {
            found = try await journal.entries("REQUEST_ID=\(id)")
            return !found.isEmpty
        }
        #expect(found.count == 1)
        return try #require(found.first)
    }

    @Test(
        "Entries are found by their fields, and their messages are the lines of the standard output",
        arguments: [1, 8]
    )
    func fields(batch: Int) async throws {
        try await withJournal(", batch: \(batch)") { server, journal in
            let layer = PseudorandomBytes.bytes(1000, seed: 1)
            let image = try await server.client.pushImage(to: "library/alpine", reference: "3.20", layers: [layer])
            let found = try await server.client.send("GET", "/v2/library/alpine/manifests/3.20")
            let headers = [("User-Agent", "containerd/1.7.24"), ("X-Request-Id", "job-17")]
            let missing = try await server.client.send("GET", "/v2/library/alpine/manifests/9", headers: headers)
            _ = try await entry(of: missing, in: journal)

            let matching = try await journal.entries("REGISTRY_REPOSITORY=library/alpine", "HTTP_STATUS=404")
            #expect(matching.count == 1)
            let entry = try #require(matching.first)
            let line = try #require(try await server.accessLine(of: missing))
            let facts = [
                "SYSLOG_IDENTIFIER": "plimsoll", "PRIORITY": "6", "LOG_KIND": "access", "LOG_SCHEMA": "1",
                "REQUEST_ID": line["request_id"]?.string, "TRACE_ID": line["trace_id"]?.string,
                "SPAN_ID": line["span_id"]?.string, "LOG_EPOCH": line["epoch"]?.string,
                "LOG_TIMESTAMP": line["ts"]?.string, "HTTP_METHOD": "GET", "HTTP_ROUTE": "manifest",
                "HTTP_STATUS": "404", "ERROR_CODE": "MANIFEST_UNKNOWN", "REGISTRY_REFERENCE": "9",
                "HTTP_USER_AGENT": "containerd/1.7.24", "CLIENT_FAMILY": "containerd", "CLIENT_REQUEST_ID": "job-17",
                "DURATION_USEC": line["duration_us"]?.int.map(String.init), "REQUEST_OUTCOME": "refused",
                "BYTES_OUT": "\(missing.body.count)", "REGISTRY_SERVICE": "test", "_TRANSPORT": "journal",
                "_PID": "\(server.process.pid)", "MESSAGE_ID": nil, "REGISTRY_AUDIT": nil,
            ]
            for (name, value) in facts { #expect(entry[name]?.string == value, "\(name)") }
            let pulled = try await self.entry(of: found, in: journal)
            #expect(pulled["REGISTRY_DIGEST"]?.string == image.digest.description)

            let written = try await journal.entries("MESSAGE_ID=adf26a4996a54c5a88bfe39d2c8e5cb3", "HTTP_METHOD=PUT")
            #expect(written.count == 3)
            #expect(written.allSatisfy { $0["REGISTRY_AUDIT"]?.string == "written" })
            try await expectSameLines(server, journal)
        }
    }

    @Test("Requests of the same moment are sent together, and none is missing")
    func batch() async throws {
        try await withJournal { server, journal in
            try await withThrowingTaskGroup { group in
                for _ in 0..<64 { group.addTask { _ = try await server.client.send("GET", "/v2/") } }
                try await group.waitForAll()
            }
            var entries: [JSONValue] = []
            try await eventually("all are in the journal") {
                entries = try await journal.entries("LOG_KIND=access", "HTTP_ROUTE=base")
                return entries.count == 64
            }
            let times = Set(entries.map { $0["_SOURCE_REALTIME_TIMESTAMP"]?.string })
            #expect(times.count < 64 && !times.contains(nil))
        }
    }

    /// `journalctl -o cat | jq` is as good as the standard output.
    private func expectSameLines(_ server: ServerProcess, _ journal: JournalProcess) async throws {
        let messages = try await journal.output(["--output=cat", "--identifier=plimsoll"]).split(separator: "\n")
        let requests = try messages.map { try JSONValue(text: String($0)) }.filter { $0["kind"]?.string == "access" }
        let lines = try server.log().filter { $0["kind"]?.string == "access" }
        func byID(_ lines: [JSONValue]) -> [String: JSONValue] {
            Dictionary(lines.map { ($0["request_id"]?.string ?? "", $0) }) { first, _ in first }
        }
        #expect(requests.count == lines.count)
        let (left, right) = (byID(requests), byID(lines))
        for (id, line) in right {
            guard case .object(var line) = line, case .object(var message)? = left[id] else {
                Issue.record("\(id) is not in the journal")
                continue
            }
            // Each sink has numbers of its own.
            line["seq"] = nil
            message["seq"] = nil
            #expect(line == message)
        }
        let jq = "journalctl --namespace=\(journal.name) -o cat -t plimsoll | jq -r 'select(.status==404).request_id'"
        #expect(try await Tool.output("bash", ["-o", "pipefail", "-c", jq]).split(separator: "\n").count == 1)
    }

    @Test("LOG_SCHEMA=1 leaves jq the entries, without the plain lines of others and of a start that fails")
    func plainLines() async throws {
        try await withJournal { server, journal in
            let missing = try await server.client.send("GET", "/v2/a/manifests/9")
            _ = try await entry(of: missing, in: journal)
            try await journal.say("configuration error: not JSON")
            try await eventually { try await journal.output(["-t", "plimsoll", "-o", "cat"]).contains("not JSON") }
            func lines(_ matches: String) async throws -> Tool.Result {
                let command = "journalctl --namespace=\(journal.name) -o cat \(matches) | jq -c 'select(.status==404)'"
                return try await Tool.run("bash", ["-o", "pipefail", "-c", command])
            }
            #expect(try await !lines("-t plimsoll").succeeded)
            let found = try await lines("LOG_SCHEMA=1")
            #expect(found.succeeded && found.output.split(separator: "\n").count == 1, "\(found)")
        }
    }

    @Test("journalctl -x explains our events")
    func catalogue() async throws {
        try await withJournal { server, journal in
            try await eventually { try await !journal.entries("REGISTRY_EVENT=server_started").isEmpty }
            let script = """
                set -e
                mount -t tmpfs none /var/lib/systemd/catalog
                mount -t tmpfs none /usr/lib/systemd/catalog
                cp "$1" /usr/lib/systemd/catalog/
                journalctl --update-catalog
                journalctl --namespace="$2" --no-pager -x REGISTRY_EVENT=server_started
                """
            let catalog = ProjectFolder.path + "/config/systemd/plimsoll.catalog"
            let command = ["-m", "sh", "-c", script, "sh", catalog, journal.name]
            let text = try await Tool.output("unshare", command)
            #expect(text.contains("Subject: Plimsoll: the registry accepts connections"))
            #expect(text.contains("address: \(server.address)"))
            #expect(text.contains("What to do: "))
        }
    }

    @Test("With a journal that has stopped, serving and the other sinks go on, and what waited arrives later")
    func stopped() async throws {
        try await withJournal { server, journal in
            try await server.client.pushImage(to: "a/b", reference: "1", layers: [[1]])
            journal.pause()
            var last: WireResponse?
            try await WireConnection.with(port: server.port) { connection in
                for _ in 0..<2_000 {
                    try await connection.send("GET /v2/a/b/manifests/1 HTTP/1.1\r\nHost: a\r\n\r\n")
                    let response = try await connection.response()
                    try #require(response.status == 200)
                    last = response
                }
            }
            let response = try #require(last)
            // The standard output has them all while the journal stands still.
            #expect(try await server.accessLine(of: response) != nil)
            let metrics = try MetricSamples(
                text: try await WireClient(port: server.sidePort).send("GET", "/metrics").text
            )
            #expect(metrics.sum("registry_log_queue_entries", ["sink": "journald"]) > 0)
            #expect(metrics.sum("registry_log_queue_bytes", ["sink": "journald"]) > 0)
            journal.resume()
            _ = try await entry(of: response, in: journal)
            let entries = try await journal.entries("LOG_KIND=access", "HTTP_METHOD=GET")
            #expect(entries.count == 2_000)
            let numbers = try await journal.entries().compactMap { $0["LOG_SEQ"]?.string.flatMap(Int.init) }
            #expect(numbers == Array(1...numbers.count))
        }
    }

    @Test("MESSAGE can be a short text, and a sink has kinds of its own")
    func textAndKinds() async throws {
        try await withJournal(", message: text, kinds: [audit]") { server, journal in
            let client = server.client
            try await client.push([1, 2, 3], to: "a/b")
            _ = try await client.send("GET", "/v2/a/b/tags/list")
            let deleted = try await client.send("DELETE", "/v2/a/b/blobs/\(Digest.of([1, 2, 3]))")
            #expect(deleted.status == 202)
            let entry = try await entry(of: deleted, in: journal)
            #expect(entry["REGISTRY_AUDIT"]?.string == "deleted")
            #expect(entry["MESSAGE"]?.string?.hasPrefix("DELETE blob a/b@sha256:") == true)
            let entries = try await journal.entries()
            #expect(entries.map { $0["REGISTRY_AUDIT"]?.string } == ["written", "written", "deleted"])
        }
    }

    @Test("The server finds out by itself whether its output is the journal")
    func detection() async throws {
        let root = try TemporaryFolder()
        try await JournalProcess.with { journal in
            // What the service manager would set, for the pipe that the test reads.
            let script = "export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec \"$@\""
            try await ServerProcess.with(root: root.path) {
                $0.log = "sinks: {journald: {socket: \(journal.socket)}}"
                $0.wrapper = ["bash", "-c", script, "bash"]
            } _: { server in
                let response = try await server.client.send("GET", "/v2/")
                _ = try await entry(of: response, in: journal)
                // Standard output is another pipe, so lines go there too.
                #expect(try await server.accessLine(of: response) != nil)
            }
        }
    }
}
