//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Two thousand slow clients", .timeLimit(.minutes(15)))
struct SlowClientsTests {
    private static let each = 1000

    @Test("Pulls go on and finish while 2,000 clients send heads and bodies byte by byte, and all of these are cut off")
    func slow() async throws {
        OpenFiles.raiseLimit()
        try await TestRegistry.with({ setup in
            setup.options.timeouts = ConnectionTimeouts(header: .seconds(10), idle: .seconds(120))
            setup.limits.bodyPace = MinimumPace(bytesPerSecond: 512, window: .seconds(10))
        }) { registry in
            let client = WireClient(port: registry.port)
            let layer = [UInt8](repeating: 7, count: 4 << 20)
            let image = try await client.pushImage(to: "pulled", reference: "1", layers: [layer])
            let head = "GET /v2/ HTTP/1.1\r\nX-Slow: "
            let upload = "POST /v2/slow/blobs/uploads/?digest=\(Digest.of(layer)) HTTP/1.1\r\n"
            let body = upload + "Host: a\r\nContent-Length: 100000\r\n\r\n"
            let beginnings = (0..<Self.each).flatMap { _ in [head, body] }
            let isOver = TestFlag()
            async let outcome = blocking {
                var clients = try SlowClients(port: registry.port, beginnings: beginnings)
                defer { isOver.set() }
                return clients.trickle(pause: 100, turns: 3000)
            }
            // Not all of them: a busy machine cuts off the first before it has taken the last.
            try await eventually("slow bodies are under way") {
                registry.instruments.inFlight[.blobUpload].value >= Self.each / 10 || isOver.isSet
            }
            var pulls = 0
            while !isOver.isSet {
                let manifest = try await client.send("GET", "/v2/pulled/manifests/1")
                #expect(manifest.body == image.manifest)
                let blob = try await client.send("GET", "/v2/pulled/blobs/\(Digest.of(layer))")
                #expect(blob.status == 200 && blob.body.count == layer.count)
                pulls += 1
            }
            #expect(pulls > 1)
            let result = try await outcome
            // Bytes that were on their way to a closed connection may have its answer lost to a reset.
            let answered = result.statuses[408] ?? 0
            #expect(answered + result.withoutAnswer == 2 * Self.each, "\(result)")
            #expect(answered > Self.each, "\(result)")
            let refusals = registry.instruments.limitRefusals
            #expect(refusals[.headerTime].value == Int64(Self.each))
            try await eventually("slow bodies are counted") { refusals[.bodyRate].value == Int64(Self.each) }
            // Not one line for each.
            let events = registry.observer.events.filter { $0.name == .limitReached }
            #expect(events.count >= 2 && events.count < Self.each)
        }
    }
}
