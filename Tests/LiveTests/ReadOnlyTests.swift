//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Read-only mode while the server runs", .timeLimit(.minutes(5)))
struct ReadOnlyTests {
    @Test("What is under way ends as if nothing were, and uploads go on when it is over")
    func uploads() async throws {
        let content = bytes(1000)
        try await TestRegistry.with { registry in
            let client = WireClient(port: registry.port)
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let path = WireClient.path(of: try #require(begun["location"])).prefix { $0 != "?" }
            try await WireConnection.with(port: registry.port) { chunk in
                try await chunk.send(head("PATCH", String(path), "Content-Length: 600"))
                try await chunk.send(Array(content[..<300]))
                try await eventually { registry.readOnly.changesUnderWay == 1 }
                #expect(registry.readOnly.set(true, by: "a test"))
                #expect(registry.instruments.readOnly.value == 1)

                let refused = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
                #expect(refused.status == 405 && refused.errorCode == "UNSUPPORTED")
                #expect(refused.text.contains("the registry is read-only"))
                #expect(try await client.get("/v2/_catalog").status == 200)
                #expect(registry.readOnly.changesUnderWay == 1)

                try await chunk.send(Array(content[300..<600]))
                let taken = try await chunk.response()
                #expect(taken.status == 202 && taken["range"] == "0-599")
                try await eventually { registry.readOnly.changesUnderWay == 0 }
            }
            let target = "\(path)?digest=\(Digest.of(content))"
            #expect(try await client.send("PUT", target, body: Array(content[600...])).status == 405)
            #expect(try await client.send("GET", String(path)).status == 204)
            let ready = try await WireClient(port: registry.sidePort).get("/readyz")
            #expect(ready.status == 200 && ready.text == #"{"status":"ready","read_only":true}"#)

            registry.readOnly.toggle(by: "a test")
            #expect(registry.instruments.readOnly.value == 0)
            #expect(try await client.send("PUT", target, body: Array(content[600...])).status == 201)
            #expect(!registry.readOnly.set(false, by: "a test"))
            let events = registry.observer.events.filter { [.readOnlyEntered, .readOnlyLeft].contains($0.name) }
            #expect(events.map(\.name) == [.readOnlyEntered, .readOnlyLeft])
            #expect(events.allSatisfy { $0.fields.first?.value == .text("a test") })
        }
    }

    @Test("Of many who switch at once, each does")
    func toggles() async throws {
        let observer = RecordingObserver()
        let mode = ReadOnlyMode(false, instruments: Instruments(driverName: "test"), observer: observer)
        await withTaskGroup { group in
            for _ in 0..<101 { group.addTask { mode.toggle(by: "a test") } }
        }
        #expect(mode.isOn)
        #expect(observer.events.count == 101)
        #expect(!mode.toggle(by: "a test"))
    }

    @Test("No change slips in once it is on and nothing is under way")
    func noneSlipsIn() async throws {
        try await TestRegistry.with { registry in
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        let client = WireClient(port: registry.port)
                        while try await client.send("POST", "/v2/a/blobs/uploads/", body: []).status == 202 {}
                    }
                }
                try await eventually { registry.observer.records.count > 20 }
                registry.readOnly.set(true, by: "a test")
                try await eventually { registry.readOnly.changesUnderWay == 0 }
                let tree = try await registry.tree()
                try await group.waitForAll()
                #expect(try await registry.tree() == tree)
            }
        }
    }
}
