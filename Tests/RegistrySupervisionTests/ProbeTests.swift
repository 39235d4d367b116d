//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryStorage
import RegistryTestKit
import Testing

@testable import RegistrySupervision

@Suite("Probes of other things than the storage", .timeLimit(.minutes(5)))
struct ProbeTests {
    @Test("The file probe fails while the file exists")
    func file() async throws {
        let folder = try TemporaryFolder()
        let pool = IOPool(size: 1)
        let probe = FileProbe(folder.path + "/down", pool: pool)
        #expect(await probe.check() == nil)
        try folder.write([], to: "down")
        #expect(await probe.check() == "file exists")
        #expect(await FileProbe(folder.path + "/down/below", pool: pool).check() == nil)
        try await pool.shutdown()
    }

    @Test("The TCP probe fails where nobody listens")
    func tcp() async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        let probe = TCPProbe(host: "127.0.0.1", port: port, timeout: .seconds(30))
        #expect(await probe.check() == nil)
        try await server.close().get()
        #expect(await probe.check() == "Connection refused")
    }

    @Test("The HTTP probe wants its status, sends its headers, and tells no password")
    func http() async throws {
        try await TestRegistry.with { registry in
            let url = "http://127.0.0.1:\(registry.port)/v2/"
            func check(_ url: String, _ status: Int) async -> String? {
                await HTTPProbe(url: url, headers: [("X-A", "b")], status: status, timeout: .seconds(30)).check()
            }
            #expect(await check(url, 200) == nil)
            #expect(await check(url, 204) == "answered with status 200 instead of 204")
            #expect(await check(url + "a/manifests/b", 404) == nil)
        }
        let probe = HTTPProbe(url: "http://user:pass@host:1/a@b", headers: [], status: 200, timeout: .seconds(1))
        #expect(probe.name == "http://host:1/a@b")
    }
}
