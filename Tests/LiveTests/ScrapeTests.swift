//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Scrapes", .timeLimit(.minutes(2)))
struct ScrapeTests {
    /// A page that no socket's buffers hold.
    private struct LongPage: MetricsSource {
        func page(_ request: MetricsRequest) -> MetricsPage? {
            let count = request.names.isEmpty ? 32 << 20 : 10
            return MetricsPage(
                contentType: "text/plain",
                contentEncoding: nil,
                body: [UInt8](repeating: UInt8(ascii: "#"), count: count)
            )
        }
    }

    @Test("Those that do not take their answers hold only so many places, and give them back")
    func places() async throws {
        try await TestRegistry.with({ $0.metrics = LongPage() }) { registry in
            let client = WireClient(port: registry.sidePort)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                let (opened, announce) = AsyncStream.makeStream(of: Void.self)
                for _ in 0..<8 {
                    tasks.addTask {
                        try await WireConnection.with(port: registry.sidePort, receiveBytes: 4096) { connection in
                            try await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
                            announce.yield()
                            await untilCancelled()
                        }
                    }
                }
                var count = 0
                for await _ in opened {
                    count += 1
                    if count == 8 { break }
                }
                try await eventually { try await client.send("GET", "/metrics?name[]=a").status == 503 }
                let refused = try await client.send("GET", "/metrics?name[]=a")
                #expect(refused.status == 503)
                #expect(refused["retry-after"] == "5")
                // Health has places of its own.
                #expect(try await client.send("GET", "/livez").status == 200)
                tasks.cancelAll()
                while let result = await tasks.nextResult() { _ = result }
            }
            try await eventually { try await client.send("GET", "/metrics?name[]=a").status == 200 }
            #expect(registry.instruments.scrapes[.refused].value >= 2)
            #expect(registry.instruments.scrapes[.aborted].value == 8)
            #expect(registry.instruments.scrapes[.served].value >= 1)
        }
    }
}
