//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryHTTP
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@Suite("Scrapes", .timeLimit(.minutes(5)))
struct ScrapeTests {
    /// A page that no socket's buffers hold.
    private final class LongPage: MetricsSource {
        private let made = Atomic<Int>(0)

        let pages = ["/a"]

        var count: Int { made.load(ordering: .relaxed) }

        func page(_ request: MetricsRequest) -> MetricsPage? {
            let count = request.names.isEmpty ? 32 << 20 : 10
            if request.names.isEmpty { made.wrappingAdd(1, ordering: .relaxed) }
            return MetricsPage(
                contentType: "text/plain",
                contentEncoding: nil,
                body: [UInt8](repeating: UInt8(ascii: "#"), count: count)
            )
        }
    }

    @Test("Those that do not take their answers hold only so many places, and give them back")
    func places() async throws {
        let page = LongPage()
        try await TestRegistry.with({ $0.metrics = page }) { registry in
            let client = WireClient(port: registry.sidePort)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        try await WireConnection.with(port: registry.sidePort, receiveBytes: 4096) { connection in
                            try await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
                            await untilCancelled()
                        }
                    }
                }
                // Nobody else asks meanwhile, who might take the place of one of them.
                try await eventually { page.count == 8 }
                let refused = try await client.send("GET", "/metrics?name[]=a")
                #expect(refused.status == 503)
                #expect(refused["retry-after"] == "5")
                // Health has places of its own.
                #expect(try await client.send("GET", "/livez").status == 200)
                tasks.cancelAll()
                while let result = await tasks.nextResult() { _ = result }
            }
            try await eventually { try await client.send("GET", "/metrics?name[]=a").status == 200 }
            #expect(registry.instruments.scrapes[.refused].value >= 1)
            try await eventually { registry.instruments.scrapes[.aborted].value == 8 }
            #expect(registry.instruments.scrapes[.served].value >= 1)
        }
    }

    @Test("One that hangs is cut off, and counted as aborted")
    func hanging() async throws {
        let configure: (inout TestRegistry.Setup) -> Void = { setup in
            setup.metrics = LongPage()
            setup.sideTimeouts.write = .milliseconds(200)
        }
        try await TestRegistry.with(configure) { registry in
            try await WireConnection.with(port: registry.sidePort, receiveBytes: 4096) { connection in
                try await connection.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
                try await eventually { registry.instruments.scrapes[.aborted].value == 1 }
                let taken = await connection.readToEnd().count
                #expect(taken < 32 << 20)
            }
            #expect(registry.instruments.scrapes[.served].value == 0)
        }
    }
}
