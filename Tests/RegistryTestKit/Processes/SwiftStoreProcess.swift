//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
package import RegistryObjectStorage
import RegistryStorage
package import RegistryTelemetry
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// OpenStack Swift for tests: Debian's servers, with tempauth or Keystone; see `swift_server.py` in `Tests/PeerTests/ObjectStorage`.
package final class SwiftStoreProcess: Sendable {
    package static let user = "test:tester"
    package static let key = "a-key"
    package static let container = "registry"

    package let port: Int
    /// Who gives out the tokens; nil for the server itself.
    package let keystone: KeystoneProcess?
    private let process: ChildProcess
    private let folder: TemporaryFolder
    /// Ended with the server.
    private let clients = Mutex<[BackendHTTP]>([])

    package var authURL: String { "http://127.0.0.1:\(port)/auth/v1.0" }

    /// Serves with tempauth while the body runs.
    package static func with<Output>(_ body: (SwiftStoreProcess) async throws -> Output) async throws -> Output {
        try await with(["--user", "\(user):\(key)"], nil, body)
    }

    /// Serves with Keystone while the body runs.
    /// - Parameter remembersTokens: whether the server asks of a token once, and not each time.
    package static func withKeystone<Output>(
        remembersTokens: Bool = true,
        _ body: (SwiftStoreProcess, KeystoneProcess) async throws -> Output
    ) async throws -> Output {
        // Each must know of the other.
        let port = try ReservedPort()
        return try await KeystoneProcess.with(store: port.number) { keystone in
            let arguments = [
                "--port", "\(port.number)", "--keystone", keystone.url, "--password", KeystoneProcess.password,
                "--remember", remembersTokens ? "300" : "-1",
            ]
            return try await with(arguments, keystone) { try await body($0, keystone) }
        }
    }

    private static func with<Output>(
        _ arguments: [String],
        _ keystone: KeystoneProcess?,
        _ body: (SwiftStoreProcess) async throws -> Output
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/swift_server.py"
        // Debian's own, since its packages are for no other.
        let process = try ChildProcess("/usr/bin/python3", [script, folder.path] + arguments)
        guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
            let words = await process.finished()
            throw ProcessNotStarted(description: "Swift ended with \(words)")
        }
        let server = SwiftStoreProcess(port, keystone, process, folder)
        let result: Result<Output, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        for client in server.clients.withLock({ $0 }) { await client.shutDown() }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    private init(_ port: Int, _ keystone: KeystoneProcess?, _ process: ChildProcess, _ folder: TemporaryFolder) {
        self.port = port
        self.keystone = keystone
        self.process = process
        self.folder = folder
    }

    /// The section `storage.swift` of a registry.
    package func section(prefix: String = "", _ login: KeystoneProcess.Login = .names) -> String {
        let own = "authurl: \"\(authURL)\", username: \"\(Self.user)\", password: \"\(Self.key)\""
        let parameters = keystone?.parameters(login) ?? own
        return "swift: {\(parameters), container: \(Self.container), prefix: \"\(prefix)\"}"
    }

    /// Connections for a test, which end with the server.
    package func client() -> BackendHTTP {
        let client = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        clients.withLock { $0.append(client) }
        return client
    }
}

/// A driver for a Swift server of a test.
package struct SwiftTestDriver: Sendable {
    package let driver: ObjectStorageDriver
    package let store: SwiftObjectStore
    package let instruments = BackendInstruments()

    /// - Parameters:
    ///   - key: of tempauth.
    ///   - login: at Keystone.
    ///   - port: in place of the server's own.
    package init(
        _ server: SwiftStoreProcess,
        prefix: String,
        key: String = SwiftStoreProcess.key,
        login: KeystoneProcess.Login = .names,
        port: Int? = nil,
        policy: RequestGovernor.Policy = .init(),
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) {
        var place = SwiftObjectStore.Settings(container: SwiftStoreProcess.container)
        place.prefix = prefix
        var settings = ObjectStorageDriver.Settings()
        settings.root = place.root
        configure(&settings)
        var own = SwiftCredentials(authURL: "http://127.0.0.1:\(port ?? server.port)/auth/v1.0", version: .v1)
        own.username = SwiftStoreProcess.user
        own.password = key
        let credentials = server.keystone?.credentials(login) ?? own
        let governor = RequestGovernor(policy, driver: "swift", instruments)
        store = SwiftObjectStore(place, credentials, server.client(), governor: governor)
        driver = ObjectStorageDriver(store, settings, pool: .forTests, governor: governor, instruments: instruments)
    }
}
