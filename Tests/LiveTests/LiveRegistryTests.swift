//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import ServiceLifecycle
import Synchronization
import Testing

@testable import RegistryHTTP

@Suite("Other settings while the server runs", .timeLimit(.minutes(5)))
struct LiveRegistryTests {
    @Test("Requests go by the options as they are when they come, on connections that are open too")
    func options() async throws {
        try await TestRegistry.with { registry in
            try await WireConnection.with(port: registry.port) { kept in
                try await kept.send(head("GET", "/v2/"))
                #expect(try await kept.response()["x-site"] == nil)
                var options = RegistryOptions()
                options.headers = [("X-Site", "bremen")]
                options.address.prefix = "/hub/"
                registry.replace(options)
                try await kept.send(head("GET", "/hub/v2/"))
                let response = try await kept.response()
                #expect(response.status == 200 && response["x-site"] == "bremen")
                try await kept.send(head("DELETE", "/hub/v2/a/manifests/latest"))
                #expect(try await kept.response().status == 405)
            }
        }
    }

    @Test("A check that is not asked any more fails no more, and another is asked")
    func health() async throws {
        try await TestRegistry.with { registry in
            let client = WireClient(port: registry.port)
            let settings = HealthMonitor.Settings(isEnabled: false, interval: .seconds(10), threshold: 1)
            registry.health.replace(settings, checks: [HealthCheck("one", interval: .seconds(600)) { "down" }])
            try await eventually { try await client.get("/v2/").status == 503 }
            #expect(registry.health.failures.map(\.check) == ["one"])
            let asked = Atomic(false)
            let other = HealthCheck("two", interval: .seconds(600)) {
                asked.store(true, ordering: .relaxed)
                return nil
            }
            registry.health.replace(settings, checks: [other])
            #expect(try await client.get("/v2/").status == 200)
            try await eventually { asked.load(ordering: .relaxed) }
            #expect(registry.instruments.healthFailing.value == 0)
        }
    }

    @Test("Whoever has stopped to follow is forgotten")
    func followers() async throws {
        let setting = LiveSetting(1)
        for value in 2...4 {
            await withTaskGroup { group in
                group.addTask { await setting.follow { _ in } }
                try? await eventually { setting.followers == 1 }
                group.cancelAll()
            }
            setting.set(value)
            #expect(setting.followers == 0)
        }
    }

    @Test("A service is made anew for each value, and the one before has ended then")
    func following() async throws {
        let setting = LiveSetting(1)
        let running = Mutex<[Int]>([])
        let service = FollowingService(setting) { value in
            guard value != 0 else { return nil }
            return Recorder {
                running.withLock { $0.append(value) }
            } ended: {
                running.withLock { $0.removeAll { $0 == value } }
            }
        }
        try await withThrowingTaskGroup { group in
            group.addTask { await service.run() }
            try await eventually { running.withLock(\.self) == [1] }
            setting.set(2)
            try await eventually { running.withLock(\.self) == [2] }
            setting.set(0)
            try await eventually { running.withLock(\.self).isEmpty }
            setting.set(3)
            try await eventually { running.withLock(\.self) == [3] }
            group.cancelAll()
            try await group.waitForAll()
            #expect(running.withLock(\.self).isEmpty)
        }
    }
}

/// Says when it runs.
private struct Recorder: Service {
    let started: @Sendable () -> Void
    let ended: @Sendable () -> Void

    func run() async {
        started()
        await untilCancelled()
        ended()
    }
}
