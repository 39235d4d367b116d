//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Where a registry over an S3 server sends its clients by middleware", .timeLimit(.minutes(10)))
struct S3MiddlewareTests {
    private static let root = "some/root"

    /// A registry with a middleware, and an image in it.
    private struct Case {
        var registry: ServerProcess
        var image: ImageFolder
        /// A blob of the image, and where it is below the root.
        var blob: [UInt8]
        var path: String

        /// Where clients are sent for the blob, the same for GET and HEAD but for what is signed.
        func location(_ method: String = "GET") async throws -> String {
            let answer = try await registry.client.send(method, "/v2/library/image/blobs/\(Digest.of(blob))")
            #expect(answer.status == 307)
            return try #require(answer["location"])
        }

        /// Pulls the image, which takes all blobs from where clients are sent.
        func pull() async throws {
            let pulled = try TemporaryFolder()
            let source = "docker://\(registry.address)/library/image:1"
            try await Skopeo.copy(source, "oci:\(pulled.path)/image:latest")
            #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
        }

        /// Whether the blob is what curl gets at an address.
        func isAt(_ address: String) async throws -> Bool {
            let got = try await Tool.output("sh", ["-c", #"curl -sS "$0" | sha256sum"#, address])
            return got.hasPrefix(Digest.of(blob).hex)
        }
    }

    /// - Parameter middleware: one of them, in YAML's flow style.
    private func with(_ bucket: S3TestServer, _ middleware: String, _ body: (Case) async throws -> Void) async throws {
        let image = try await ImageFolder.make(layers: [1, 2], layerBytes: 1_200_000)
        let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
        let hex = Digest.of(blob).hex
        try await ServerProcess.with { setup in
            setup.driver = "s3: \(bucket.section(root: Self.root))"
            setup.storage = "redirect: {disable: false}"
            setup.sections = "middleware: {storage: [\(middleware)]}"
        } _: { registry in
            try await Skopeo.copy(image.reference, "docker://\(registry.address)/library/image:1")
            let path = "docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data"
            try await body(Case(registry: registry, image: image, blob: blob, path: path))
        }
    }

    @Test("redirect: to the same path at a server of files")
    func redirect() async throws {
        try await SeaweedProcess.with { bucket in
            let base = "\(try #require(bucket.files))/\(Self.root)"
            try await with(bucket, "{name: redirect, options: {baseurl: \"\(base)\"}}") { test in
                for method in ["GET", "HEAD"] {
                    #expect(try await test.location(method) == "\(base)/\(test.path)")
                }
                #expect(try await test.isAt(test.location()))
                try await test.pull()
            }
        }
    }

    @Test("cloudfront: to the object's key at an address whose signature openssl verifies")
    func cloudFront() async throws {
        let folder = try TemporaryFolder()
        let (key, publicKey) = (folder.path + "/key.pem", folder.path + "/public.pem")
        try await Tool.output("openssl", ["genrsa", "-out", key, "2048"])
        try await Tool.output("openssl", ["rsa", "-in", key, "-pubout", "-out", publicKey])
        try await SeaweedProcess.with { bucket in
            let base = try #require(bucket.files)
            let options = "{baseurl: \"\(base)\", privatekey: \(key), keypairid: APKAEXAMPLE, duration: 10m}"
            try await with(bucket, "{name: cloudfront, options: \(options)}") { test in
                let before = WallTime.now.microseconds / 1_000_000
                let location = try await test.location()
                let after = WallTime.now.microseconds / 1_000_000
                let signed = try #require(CloudFrontAddress(location))
                #expect(signed.resource == "\(base)/\(Self.root)/\(test.path)")
                #expect((before + 600...after + 600).contains(signed.end))
                #expect(signed.keyPairID == "APKAEXAMPLE")
                #expect(try await signed.signs(signed.policy, publicKey))
                let other = signed.policy.replacing("\(signed.end)", with: "\(signed.end + 1)")
                #expect(try await !signed.signs(other, publicKey))
                #expect(try await test.isAt(location))
                try await test.pull()
            }
        }
    }

    @Test("rewrite: to the store's own address with other parts, whose signature is still good")
    func rewrite() async throws {
        try await SeaweedProcess.with { bucket in
            let options = "{scheme: https, host: images.example.com, trimpathprefix: /\(S3TestServer.bucket)}"
            try await with(bucket, "{name: rewrite, options: \(options)}") { test in
                let location = try await test.location()
                #expect(location.hasPrefix("https://images.example.com/\(Self.root)/\(test.path)?X-Amz-"))
                // As what stands there would ask the store.
                let origin = "http://\(bucket.address)/\(S3TestServer.bucket)"
                let asked = location.replacing("https://images.example.com", with: origin)
                #expect(try await test.isAt(asked))
                #expect(try await !test.isAt(asked.replacing("/data?", with: "/other?")))
            }
        }
    }

    @Test("None has an effect where clients are sent nowhere")
    func disabled() async throws {
        try await SeaweedProcess.with { bucket in
            try await ServerProcess.with { setup in
                setup.driver = "s3: \(bucket.section(root: Self.root))"
                setup.storage = "redirect: {disable: true}"
                setup.sections =
                    "middleware: {storage: [{name: redirect, options: {baseurl: \"http://images.example.com\"}}]}"
            } _: { registry in
                let blob = PseudorandomBytes.bytes(2_000_000, seed: 2)
                let place = try await registry.client.beginUpload(in: "some/image")
                try await registry.client.finishUpload(place, blob[...], Digest.of(blob))
                let answer = try await registry.client.send("GET", "/v2/some/image/blobs/\(Digest.of(blob))")
                #expect(answer.status == 200 && answer.body == blob)
            }
        }
    }
}
