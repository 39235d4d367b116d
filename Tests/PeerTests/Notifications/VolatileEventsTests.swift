//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Endpoints without a ledger", .timeLimit(.minutes(5)))
struct VolatileEventsTests {
    enum Place: CaseIterable {
        case memory, switchedOff, objectStore
    }

    @Test("get what is pushed, pulled and deleted, and the log says what that is worth", arguments: Place.allCases)
    func events(_ place: Place) async throws {
        switch place {
        case .memory: try await check { $0.driver = "inmemory: {}" }
        case .switchedOff: try await check { $0.sections += "\nledger: {enabled: false}" }
        case .objectStore:
            try await SeaweedProcess.with { bucket in
                try await check { setup in
                    setup.driver = "s3: \(bucket.section(root: ""))"
                    setup.storage = "redirect: {disable: true}"
                }
            }
        }
    }

    private func check(_ adjust: (inout ServerProcess.Setup) -> Void) async throws {
        let isWell = TestFlag()
        let receiver = try await TestReceiver.start { _ in isWell.isSet ? .status(200) : .status(500) }
        let endpoint = "{name: ci, url: '\(receiver.address)', threshold: 2, backoff: 10ms}"
        try await HookedServer.with("{endpoints: [\(endpoint)]}", hasLedger: false, adjust) { hooked in
            #expect(try await hooked.server.event("notifications_volatile") != nil)
            let client = hooked.server.client
            try await client.push([1, 2, 3], to: "a")
            try await eventually("it waits") {
                try await hooked.json("list", "--state", "pending")["events"]?.array.count == 1
            }
            let listed = try #require(try await hooked.json("list")["events"]?.array.first)
            #expect(listed["action"]?.string == "push" && listed["repository"]?.string == "a")
            isWell.set()
            let blob = "/v2/a/blobs/\(Digest.of([1, 2, 3]))"
            #expect(try await client.send("GET", blob).status == 200)
            #expect(try await client.send("DELETE", blob).status == 202)
            try await eventually("all have arrived") { receiver.taken.count == 3 }
            let actions = try receiver.taken.compactMap { request in
                try JSONValue(text: request.body)["events"]?.array.first?["action"]?.string
            }
            // A pull is told of a moment later.
            #expect(Set(actions) == ["push", "pull", "delete"] && actions.first == "push")
            try await eventually("that is recorded") {
                try await hooked.json("list", "--state", "delivered")["events"]?.array.count == 3
            }
            #expect(try await hooked.json("replay", "ci", "--since", "1h")["events"]?.int == 3)
            try await eventually("all arrive again") { receiver.taken.count == 6 }
        }
        try await receiver.stop()
    }
}
