//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Inherited sockets", .timeLimit(.minutes(2)))
struct InheritedSocketTests {
    @Test("Who connects while the server drains is served by the next run")
    func restart() async throws {
        let socket = try ListeningSocket()
        let port = socket.port
        try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { registry in
            #expect(try await WireClient(port: port).get("/v2/").status == 200)
            let begun = try await WireClient(port: port).begin(in: "a/b")
            try await WireConnection.with(port: port) { upload in
                try await upload.send(
                    "PATCH \(WireClient.path(of: begun)) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1"
                )
                try await eventually { registry.instruments.inFlight[.blobUploadChunk].value == 1 }
                await registry.shutDown()
                try await eventually {
                    try await WireClient(port: registry.sidePort).get("/readyz").status == 503
                }
                try await WireConnection.with(port: port) { early in
                    try await early.send("GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    try await upload.send("2")
                    #expect(try await upload.response().status == 202)
                    let (isServing, over) = AsyncStream.makeStream(of: Void.self)
                    async let next: Void = TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { _ in
                        for await _ in isServing {}
                    }
                    #expect(try await early.response().status == 200)
                    over.finish()
                    try await next
                }
            }
        }
    }
}

/// A socket that outlives the servers on it, as the service manager's does.
private final class ListeningSocket: Sendable {
    let port: Int
    private let descriptor: CInt

    init() throws {
        let end = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptor = end
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(end, $0, size) == 0 && listen(end, 16) == 0 && getsockname(end, $0, &size) == 0
            }
        }
        guard result else { throw ProcessNotStarted(description: "listen: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// For a server, which closes it.
    func copy() -> CInt { dup(descriptor) }
}
