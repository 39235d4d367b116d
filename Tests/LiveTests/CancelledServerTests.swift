//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import NIOCore
import NIOPosix
import RegistryHTTP
import RegistryTelemetry
import RegistryTestKit
import ServiceLifecycle
import Testing

@Suite("A server that is ended because another part failed", .timeLimit(.minutes(5)))
struct CancelledServerTests {
    /// A connection that was accepted and is not taken by anybody would end the process, and this test with it.
    @Test("It comes to its end while clients connect")
    func connectsMeanwhile() async throws {
        for _ in 0..<30 {
            let (ports, announce) = AsyncStream.makeStream(of: Int.self)
            let listener = Listener(
                .tcp(host: "127.0.0.1", port: 0),
                eventLoops: MultiThreadedEventLoopGroup.singleton,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) {
                announce.yield($0?.port ?? 0)
            }
            let service = listener.control(ControlHandler([], version: "1", observer: RecordingObserver()))
            let server = Task { try await service.run() }
            let port = try #require(await ports.first { _ in true })
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<8 {
                    group.addTask {
                        for _ in 0..<20 { try? await WireConnection.with(port: port) { _ in } }
                        if client == 0 { server.cancel() }
                        for _ in 0..<20 { try? await WireConnection.with(port: port) { _ in } }
                    }
                }
                try await group.waitForAll()
            }
            try await server.value
        }
    }
}
