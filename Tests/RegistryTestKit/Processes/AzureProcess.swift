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

/// A blob service of Azure for tests; see `azure_server.py` in `Tests/PeerTests/ObjectStorage`.
package final class AzureProcess: Sendable {
    package static let account = "plimsolltest"
    /// SHA-256 of "the key of the account in tests", in base64.
    package static let key = "pYlGQXAon32F/ULrj2ltEa1IuWiZ5GnGjN39O9YhZSs="
    package static let container = "registry"
    package static let tenant = "22222222-tenant"
    package static let client = "11111111-client"
    package static let clientSecret = "a secret+of/the=client"

    package let port: Int
    private let process: ChildProcess
    /// Ended with the service.
    private let clients = Mutex<[BackendHTTP]>([])

    package var address: String { "http://127.0.0.1:\(port)" }
    package var serviceURL: String { "\(address)/\(Self.account)" }

    /// Serves while the body runs; an empty container is there.
    package static func with<Output>(_ body: (AzureProcess) async throws -> Output) async throws -> Output {
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/azure_server.py"
        let process = try ChildProcess(ProjectFolder.path + "/.build/python/bin/python", [script, container])
        guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
            let words = await process.finished()
            throw ProcessNotStarted(description: "the blob service ended with \(words)")
        }
        let server = AzureProcess(port, process)
        let result: Result<Output, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        for client in server.clients.withLock({ $0 }) { await client.shutDown() }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    private init(_ port: Int, _ process: ChildProcess) {
        self.port = port
        self.process = process
    }

    /// Connections for a test, which end with the service.
    package func client() -> BackendHTTP {
        let client = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        clients.withLock { $0.append(client) }
        return client
    }

    /// How an identity is found by what the environment tells, with the authorities of this server.
    package var environment: [String: String] {
        ["AZURE_AUTHORITY_HOST": address, "AZURE_POD_IDENTITY_AUTHORITY_HOST": address]
    }

    /// Has the vendor's SDK do something, with the account's key.
    /// - Parameter lines: of Python, in which `container` is a client for the container.
    /// - Returns: what they print, without the last line's end.
    package func sdk(_ lines: String) async throws -> String {
        let script = """
            import hashlib
            from azure.storage.blob import ContainerClient
            key = {"account_name": "\(Self.account)", "account_key": "\(Self.key)"}
            container = ContainerClient("\(serviceURL)", "\(Self.container)", credential=key)
            \(lines)
            """
        let text = try await Tool.output(ProjectFolder.path + "/.build/python/bin/python", ["-c", script])
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// The section `storage.azure` of a registry.
    /// - Parameter access: the keys that let the registry in.
    package func section(root: String = "", access: String = "accountkey: \"\(AzureProcess.key)\"") -> String {
        """
        azure: {accountname: \(Self.account), container: \(Self.container), serviceurl: "\(serviceURL)", \
        rootdirectory: "\(root)", \(access)}
        """
    }
}

/// A driver for a blob service of a test.
package struct AzureTestDriver: Sendable {
    package let driver: ObjectStorageDriver
    package let store: AzureObjectStore
    package let instruments = BackendInstruments()

    /// What a test's driver shows the service.
    package enum Access: Sendable {
        case key(String)
        case signature(String)
        case client(secret: String)
        case managed
    }

    /// - Parameter port: in place of the service's own.
    package init(
        _ server: AzureProcess,
        root: String,
        _ access: Access = .key(AzureProcess.key),
        port: Int? = nil,
        policy: RequestGovernor.Policy = .init(),
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) throws {
        var settings = ObjectStorageDriver.Settings()
        settings.root = root
        configure(&settings)
        guard
            let endpoint = AzureEndpoint(
                serviceURL: "http://127.0.0.1:\(port ?? server.port)/\(AzureProcess.account)",
                account: AzureProcess.account,
                container: AzureProcess.container
            )
        else { throw ProcessNotStarted(description: "\(server.serviceURL) is no address") }
        let governor = RequestGovernor(policy, driver: "azure", instruments)
        let http = server.client()
        let identity = AzureIdentity(server.environment, http, governor, pool: .forTests)
        let credentials: AzureCredentials
        switch access {
        case .key(let text):
            guard let key = AzureSharedKey(account: AzureProcess.account, key: text) else {
                throw ProcessNotStarted(description: "no key")
            }
            credentials = .sharedKey(key)
        case .signature(let query): credentials = .signature(query)
        case .client(let secret):
            credentials = .identity(
                RenewedSecret { time throws(ObjectStoreError) in
                    try await identity.client(
                        tenant: AzureProcess.tenant,
                        id: AzureProcess.client,
                        secret: secret,
                        at: time
                    )
                }
            )
        case .managed:
            credentials = .identity(
                RenewedSecret { time throws(ObjectStoreError) in
                    try await identity.surroundings(client: nil, at: time)
                }
            )
        }
        store = AzureObjectStore(endpoint, credentials, http, governor: governor)
        driver = ObjectStorageDriver(store, settings, pool: .forTests, governor: governor, instruments: instruments)
    }
}
