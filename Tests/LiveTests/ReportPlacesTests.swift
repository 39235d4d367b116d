//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

@Suite("Reports at the side port", .timeLimit(.minutes(5)))
struct ReportPlacesTests {
    /// Reports that are longer than what buffers of sockets hold, and one that is short.
    private final class LongReports: ReportsSource {
        private let made = Atomic<Int>(0)

        let names = ["long", "short"]

        var count: Int { made.load(ordering: .relaxed) }

        func document(_ name: String, _ parameters: [String: String]) async throws(RegistryError) -> PiecewiseDocument {
            guard name != "short" else {
                return PiecewiseDocument(contentType: "text/plain") {
                    AnyIterator([Array("one ".utf8), Array("two".utf8)].makeIterator())
                }
            }
            made.wrappingAdd(1, ordering: .relaxed)
            return PiecewiseDocument(contentType: "text/plain") {
                var left = 1024
                return AnyIterator {
                    left -= 1
                    return left < 0 ? nil : [UInt8](repeating: UInt8(ascii: "#"), count: 65_536)
                }
            }
        }
    }

    private let request = "GET /reports/long HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("that nobody takes hold two places, no more, and give them back")
    func places() async throws {
        let reports = LongReports()
        try await TestRegistry.with({ $0.reports = reports }) { registry in
            let client = WireClient(port: registry.sidePort)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask {
                        try await WireConnection.with(port: registry.sidePort, receiveBytes: 4096) { connection in
                            try await connection.send(request)
                            await untilCancelled()
                        }
                    }
                }
                try await eventually { reports.count == 2 }
                let refused = try await client.send("GET", "/reports/short")
                #expect(refused.status == 503 && refused["retry-after"] == "10")
                #expect(try await client.send("GET", "/livez").status == 200)
                #expect(try await client.send("GET", "/reports").text == #"{"reports":["long","short"]}"#)
                tasks.cancelAll()
                while let result = await tasks.nextResult() { _ = result }
            }
            try await eventually { try await client.send("GET", "/reports/short").status == 200 }
            #expect(try await client.send("GET", "/reports/short").text == "one two")
            #expect(try await client.send("GET", "/reports/short?a=1&a=2").status == 400)
        }
    }

    @Test("are none where there is no ledger")
    func none() async throws {
        try await TestRegistry.with { registry in
            let answer = try await WireClient(port: registry.sidePort).send("GET", "/reports/capacity")
            #expect(answer.status == 404 && answer.text.contains("no reports without a ledger"))
        }
    }
}
