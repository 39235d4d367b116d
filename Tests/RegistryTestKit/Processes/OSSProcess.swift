//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOPosix
package import RegistryObjectStorage
import RegistryStorage
package import RegistryTelemetry

#if canImport(Glibc)
    import Glibc
#endif

/// A server that speaks as Aliyun OSS does, for tests: `oss.py`, which has Aliyun's own library check signatures.
package final class OSSProcess: Sendable {
    /// Of the one account that there is; with characters that must be encoded somewhere.
    package static let keyID = "plimsoll-test"
    package static let keySecret = "a/secret+for=tests"
    package static let bucket = "registry"
    package static let region = "cn-hangzhou"

    package let port: Int
    private let process: ChildProcess

    package var authority: String { "127.0.0.1:\(port)" }

    package static let credentials = S3Credentials(keyID, keySecret)

    /// Serves from memory while the body runs; an empty bucket is there.
    package static func with<Output>(_ body: (OSSProcess) async throws -> Output) async throws -> Output {
        let python = ProjectFolder.path + "/.build/python/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw ProcessNotStarted(description: "\(python) is missing: scripts/install test")
        }
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/oss.py"
        let process = try ChildProcess(python, [script, bucket, keyID, keySecret])
        let result: Result<Output, any Error>
        do {
            guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
                throw ProcessNotStarted(description: "oss.py ended: \(await process.finished())")
            }
            result = .success(try await body(OSSProcess(process, port)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    private init(_ process: ChildProcess, _ port: Int) {
        self.process = process
        self.port = port
    }
}

/// A driver for an OSS server of a test.
package struct OSSTestDriver: Sendable {
    package let store: S3ObjectStore
    package let driver: ObjectStorageDriver
    package let instruments = BackendInstruments()

    /// - Parameter hasVersion4: whether requests are signed with version 4, and not 1.
    package init(
        authority: String,
        root: String = "",
        credentials: S3Credentials = OSSProcess.credentials,
        hasVersion4: Bool = true,
        policy: RequestGovernor.Policy = .init(),
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) {
        let endpoint = S3Endpoint(scheme: "http", authority: authority, bucket: OSSProcess.bucket, hasPathStyle: true)
        let signature: any S3Signing =
            if hasVersion4 {
                OSSSignatureV4(region: OSSProcess.region, folder: endpoint.signedFolder)
            } else {
                OSSSignatureV1(folder: endpoint.signedFolder)
            }
        let governor = RequestGovernor(policy, driver: "oss", instruments)
        store = S3ObjectStore(
            .init(endpoint, .oss(signature)),
            BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton),
            RenewedSecret([S3FixedCredentials(credentials)]),
            pool: .forTests,
            governor: governor
        )
        var settings = ObjectStorageDriver.Settings()
        settings.root = root
        configure(&settings)
        driver = ObjectStorageDriver(store, settings, pool: .forTests, governor: governor, instruments: instruments)
    }
}
