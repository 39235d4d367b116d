//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@Suite("Health checks", .timeLimit(.minutes(10)))
struct HealthCheckTests {
    @Test("A check that fails often enough takes the registry out of service, by name, until it succeeds")
    func failing() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let cause = Mutex<String?>("file exists")
            let check = HealthCheck("/run/down", interval: .seconds(10), threshold: 2) { cause.withLock(\.self) }
            let side = WireClient(port: registry.sidePort)
            await registry.health.run(check)
            #expect(try await client.get("/v2/").status == 200)
            await registry.health.run(check)
            let refused = try await client.get("/v2/")
            #expect(refused.status == 503 && refused.text.contains("a health check fails; see /debug/health"))
            let report = try await side.get("/debug/health")
            #expect(report.status == 503 && report.text == #"{"/run/down":"file exists"}"#)
            let ready = try await side.get("/readyz")
            #expect(ready.status == 503 && ready.text == #"{"status":"unhealthy","/run/down":"file exists"}"#)
            #expect(registry.instruments.healthFailing.value == 1)
            cause.withLock { $0 = nil }
            await registry.health.run(check)
            #expect(try await client.get("/v2/").status == 200)
            #expect(try await side.get("/debug/health").text == "{}")
            let names = registry.observer.events.map(\.name).filter { $0.rawValue.hasPrefix("health_check") }
            #expect(names == [.healthCheckFailing, .healthCheckRecovered])
        }
    }

    @Test("A check of the storage that is switched off while it fails leaves nothing failing, in the metrics neither")
    func switchedOff() async throws {
        let settings = HealthMonitor.Settings(isEnabled: true, interval: .seconds(3600), threshold: 1)
        let driver = FaultyDriver(InMemoryDriver(), failing: Set(FaultyDriver.Verb.allCases), with: .failed)
        try await TestRegistry.with(driver: driver) {
            $0.health = settings
        } _: { registry in
            func states() -> [StorageState: Int64] {
                let all = StorageState.allCases.map { ($0, registry.instruments.storageState[$0].value) }
                return Dictionary(uniqueKeysWithValues: all).filter { $0.value != 0 }
            }
            try await eventually { states() == [.failed: 1] && registry.health.failure != nil }
            #expect(registry.instruments.healthFailing.value == 1)
            var off = settings
            off.isEnabled = false
            registry.health.replace(off, checks: [])
            #expect(states() == [:] && registry.instruments.healthFailing.value == 0)
            #expect(registry.health.failure == nil)
        }
    }
}
