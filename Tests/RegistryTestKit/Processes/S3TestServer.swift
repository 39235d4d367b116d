//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
package import RegistryObjectStorage
import RegistryStorage
package import RegistryTelemetry

/// An S3 server for tests that checks signatures, with one account and an empty bucket.
package struct S3TestServer: Sendable {
    /// What can be such a server.
    package enum Program: String, CaseIterable, Sendable {
        case seaweed, ceph
    }

    /// Of the one account that there is; with characters that must be encoded somewhere.
    package static let accessKey = "plimsoll-test"
    package static let secretKey = "a/secret+for=tests"
    package static let bucket = "registry"

    package static let credentials = S3Credentials(accessKey, secretKey)

    package let port: Int
    /// Where its objects are without signatures, below the bucket; nil where they are not.
    package var files: String?

    package init(port: Int, files: String? = nil) {
        self.port = port
        self.files = files
    }

    package var address: String { "127.0.0.1:\(port)" }

    /// Serves while the body runs.
    package static func with<Output>(
        _ program: Program,
        _ body: (S3TestServer) async throws -> Output
    ) async throws -> Output {
        switch program {
        case .seaweed: try await SeaweedProcess.with(body)
        case .ceph: try await CephProcess.with(body)
        }
    }

    /// Waits until the server takes requests, and makes the bucket.
    func ready() async throws {
        let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
        let signature = SignatureV4(region: "us-east-1")
        let request = SignatureV4.Request(
            "PUT",
            host: address,
            path: "/\(Self.bucket)",
            payloadHash: SignatureV4.unsignedPayload
        )
        do {
            try await eventually("the S3 server takes a bucket", limit: .seconds(60)) {
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
        credentials: S3Credentials = S3TestServer.credentials,
        policy: RequestGovernor.Policy = .init(),
        _ configure: (inout ObjectStorageDriver.Settings) -> Void = { _ in }
    ) {
        var settings = ObjectStorageDriver.Settings()
        settings.root = root
        configure(&settings)
        let endpoint = S3Endpoint(
            scheme: "http",
            authority: "127.0.0.1:\(port)",
            bucket: S3TestServer.bucket,
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
