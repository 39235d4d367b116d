//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// A ledger on a disk of its own, each call on which waits until the test lets it go on.
@Suite("A disk of the ledger that hangs", .timeLimit(.minutes(5)))
struct HungLedgerTests {
    private func with(_ body: (ServerProcess, FaultInjector) async throws -> Void) async throws {
        let (folder, disk) = (try TemporaryFolder(), try TemporaryFolder())
        let faults = try await FaultInjector(target: disk.path)
        try await ServerProcess.with(root: folder.path + "/root") { setup in
            setup.http = Collection.control(folder)
            setup.sections = "ledger: {path: \"\(disk.path)/ledger.db\"}"
            setup.environment = faults.environment
        } _: { server in
            try await LedgerProcess.current(server)
            try await server.client.pushImage(to: "before", reference: "1", layers: [[1]])
            try await body(server, faults)
        }
    }

    private func readiness(_ server: ServerProcess) async throws -> JSONValue {
        try JSONValue(bytes: await WireClient(port: server.sidePort).get("/readyz").body)
    }

    /// Pushes an image and pulls another.
    /// - Parameter limit: what the push and all of the pull may take. It has several changes, so that one which waited for
    ///   the disk at each of them, 5 s, would take longer than 20 s.
    private func work(_ name: String, _ server: ServerProcess, within limit: Duration) async throws {
        let start = ContinuousClock.now
        try await server.client.pushImage(to: name, reference: "1", layers: [[2], Array(name.utf8)])
        #expect(try await server.client.get("/v2/before/manifests/1").status == 200)
        #expect(try await server.client.get("/v2/before/blobs/\(Digest.of([1]))").body == [1])
        #expect(try await server.client.get("/v2/\(name)/tags/list").text.contains("\"1\""))
        #expect(ContinuousClock.now - start < limit, "\(name): \(ContinuousClock.now - start)")
    }

    private func expectDegraded(_ server: ServerProcess) async throws {
        let readiness = try await readiness(server)
        #expect(readiness["ledger"]?.string == "degraded", "\(readiness)")
        #expect(try await server.event("ledger_degraded")?["cause"]?.string?.hasPrefix("hung") == true)
    }

    private func expectAll(_ names: [String], _ server: ServerProcess) async throws {
        try await LedgerProcess.current(server)
        #expect(try await LedgerProcess.differences(server) == [])
        let catalog = try JSONValue(bytes: await server.client.get("/v2/_catalog").body)
        #expect(catalog["repositories"]?.array == names.sorted().map(JSONValue.string))
        try await Collection.pullAll(server.client)
    }

    @Test("Pushes and pulls go on while it serves, and the ledger catches up")
    func serving() async throws {
        try await with { server, faults in
            try faults.hang()
            // The first waits until the ledger counts as hung, after 5 s.
            try await work("first", server, within: .seconds(30))
            try await expectDegraded(server)
            try await work("second", server, within: .seconds(20))
            try faults.fail(with: 0)
            try await expectAll(["before", "first", "second"], server)
        }
    }

    @Test("The server ends and starts all the same, serves, and the ledger catches up")
    func starting() async throws {
        try await with { server, faults in
            try faults.hang()
            let start = ContinuousClock.now
            await server.terminate()
            try await server.restart()
            #expect(ContinuousClock.now - start < .seconds(60))
            try await expectDegraded(server)
            try await work("first", server, within: .seconds(20))
            try faults.fail(with: 0)
            try await expectAll(["before", "first"], server)
        }
    }
}
