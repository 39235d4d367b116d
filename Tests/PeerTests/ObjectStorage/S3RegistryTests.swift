//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("A registry over S3 servers", .timeLimit(.minutes(10)))
struct S3RegistryTests {
    private func withServer(
        _ bucket: S3TestServer,
        root: String = "",
        storage: String = "redirect: {disable: true}",
        sections: String = "",
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        try await ServerProcess.with { setup in
            setup.driver = "s3: \(bucket.section(root: root))"
            setup.storage = storage
            setup.sections = sections
        } _: {
            try await body($0)
        }
    }

    private func status(of address: String) async throws -> String {
        try await Tool.output("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", address])
    }

    private func push(_ image: ImageFolder, _ server: String) async throws {
        try await Skopeo.copy(image.reference, "docker://\(server)/library/image:1")
    }

    private func check(_ image: ImageFolder, _ server: String) async throws {
        let pulled = try TemporaryFolder()
        try await Skopeo.copy("docker://\(server)/library/image:1", "oci:\(pulled.path)/image:latest")
        #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
    }

    @Test("gives back what was pushed, from itself or by way of the store", arguments: S3TestServer.Program.allCases)
    func roundTrip(_ program: S3TestServer.Program) async throws {
        let image = try await ImageFolder.make(layers: [1, 2, 3], layerBytes: 2_700_000)
        try await S3TestServer.with(program) { bucket in
            try await withServer(bucket) { server in
                try await push(image, server.address)
                try await check(image, server.address)
                // A blob of several pieces, and parts of it.
                let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
                let place = "/v2/library/image/blobs/\(Digest.of(blob))"
                #expect(try await server.client.send("GET", place).body == blob)
                let range = try await server.client.get(place, headers: [("Range", "bytes=2000000-2000099")])
                #expect(range.status == 206)
                #expect(range.body == Array(blob[2_000_000..<2_000_100]))
                #expect(try await server.client.head(place)["content-length"] == "\(blob.count)")
                let tags = try await server.client.get("/v2/library/image/tags/list")
                #expect(String(decoding: tags.body, as: UTF8.self).contains(#""tags":["1"]"#))
                let catalogue = try await server.client.get("/v2/_catalog")
                #expect(String(decoding: catalogue.body, as: UTF8.self).contains(#"["library/image"]"#))
            }
            try await withServer(bucket, storage: "redirect: {disable: false}") { server in
                try await check(image, server.address)
                let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
                let place = "/v2/library/image/blobs/\(Digest.of(blob))"
                for method in ["GET", "HEAD"] {
                    let answer = try await server.client.send(method, place)
                    #expect(answer.status == 307)
                    let location = try #require(answer["location"])
                    #expect(location.hasPrefix("http://\(bucket.address)/registry/docker/registry/v2/blobs/sha256/"))
                    #expect(!location.contains(S3TestServer.secretKey))
                }
                // The address is good for that object and no other.
                let location = try #require(try await server.client.send("GET", place)["location"])
                #expect(try await status(of: location) == "200")
                #expect(try await status(of: location.replacing("/data?", with: "/other?")) == "403")
            }
        }
    }

    @Test(
        "serves what docker-registry has written to a bucket, and the other way round",
        arguments: S3TestServer.Program.allCases,
        ["", "/some/root"]
    )
    func sharedBucket(_ program: S3TestServer.Program, root: String) async throws {
        let (first, second) = (
            try await ImageFolder.make(layers: [1, 2], layerBytes: 1_500_000),
            try await ImageFolder.make(layers: [3], layerBytes: 12_000_000)
        )
        try await S3TestServer.with(program) { bucket in
            try await PeerRegistry.with(driver: "s3: \(bucket.section(root: root))") {
                try await push(first, $0.address)
            }
            try await withServer(bucket, root: root) { server in
                try await check(first, server.address)
                try await push(second, server.address)
            }
            try await PeerRegistry.with(driver: "s3: \(bucket.section(root: root))") {
                try await check(second, $0.address)
            }
        }
    }

    @Test(
        "goes on with the trace of a request, and tells nothing that opens doors",
        arguments: S3TestServer.Program.allCases
    )
    func traced(_ program: S3TestServer.Program) async throws {
        try await S3TestServer.with(program) { bucket in
            let trace = try StoreTrace()
            try await withServer(bucket, sections: trace.section) {
                try await trace.check($0, secret: S3TestServer.secretKey)
            }
        }
    }

    private func samples(_ server: ServerProcess) async throws -> MetricSamples {
        let text = try await WireClient(port: server.sidePort).get("/metrics").body
        return try MetricSamples(text: String(decoding: text, as: UTF8.self))
    }

    /// Requests to the store so far, by kind.
    private func requests(_ server: ServerProcess, _ kind: String) async throws -> Double {
        try await samples(server).sum("registry_storage_backend_request_seconds_count", ["request": kind])
    }

    @Test("reads a blob once for all who pull it, and manifests that were pulled not at all")
    func readOnce() async throws {
        let blob = PseudorandomBytes.bytes(9_876_543, seed: 7)
        let folder = try TemporaryFolder()
        let cache = """
            redirect: {disable: true}
              cache: {local: {path: "\(folder.path)/cache", size: 1GiB}, freshness: {tags: 10m, digests: 10m}}
            """
        let image = try await ImageFolder.make(layers: [1], layerBytes: 100_000)
        try await SeaweedProcess.with { bucket in
            try await withServer(bucket) { server in
                try await push(image, server.address)
                let place = try await server.client.beginUpload(in: "team/app")
                try await server.client.finishUpload(place, blob[...], Digest.of(blob))
            }
            try await withServer(bucket, storage: cache, sections: "health: {storagedriver: {enabled: false}}") {
                server in
                let place = "/v2/team/app/blobs/\(Digest.of(blob))"
                func pullAll(_ count: Int) async throws {
                    try await withThrowingTaskGroup(of: Bool.self) { group in
                        for _ in 0..<count {
                            group.addTask { try await server.client.send("GET", place).body == blob }
                        }
                        for try await isRight in group { #expect(isRight) }
                    }
                }
                let before = try await requests(server, "get")
                try await pullAll(40)
                // The link, the first MiB with the opening, and the rest.
                #expect(try await requests(server, "get") - before == 3)
                let first = try await server.client.get("/v2/library/image/manifests/1")
                let after = (try await requests(server, "get"), try await requests(server, "head"))
                for _ in 0..<10 {
                    #expect(try await server.client.get("/v2/library/image/manifests/1").body == first.body)
                    #expect(try await server.client.head("/v2/library/image/manifests/1").status == 200)
                }
                try await pullAll(2)
                #expect(try await requests(server, "get") == after.0)
                #expect(try await requests(server, "head") == after.1)
                await server.kill()
                try await server.restart()
                try await pullAll(10)
                let hits = try await samples(server)
                    .sum("registry_storage_local_cache_requests_total", ["result": "hit"])
                #expect(hits == 10)
            }
        }
    }

    @Test("is asked for a few of the blobs that many pull at the same time, and keeps none")
    func readTogether() async throws {
        let blob = PseudorandomBytes.bytes(4_876_543, seed: 8)
        let place = "/v2/team/app/blobs/\(Digest.of(blob))"
        try await SeaweedProcess.with { bucket in
            try await withServer(bucket, storage: "redirect: {disable: true}") { server in
                let upload = try await server.client.beginUpload(in: "team/app")
                try await server.client.finishUpload(upload, blob[...], Digest.of(blob))
                let before = try await requests(server, "get")
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<40 {
                        group.addTask {
                            // Some want the end only.
                            guard number % 4 == 0 else {
                                return try await server.client.send("GET", place).body == blob
                            }
                            let start = 100_000 * number
                            let range = [("Range", "bytes=\(start)-")]
                            let part = try await server.client.send("GET", place, headers: range)
                            return part.status == 206 && part.body == Array(blob[start...])
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
                // By itself each would make two, the first MiB with the opening, and the rest.
                #expect(try await requests(server, "get") - before < 60)
                let shared = try await samples(server).sum("registry_storage_reads_shared_total", ["kind": "content"])
                #expect(shared > 10)
            }
        }
    }

    @Test("goes on with an upload whose server was killed, on another server", arguments: S3TestServer.Program.allCases)
    func killed(_ program: S3TestServer.Program) async throws {
        let blob = PseudorandomBytes.bytes(23_456_789, seed: 1)
        try await S3TestServer.with(program) { bucket in
            try await withServer(bucket) { first in
                try await withServer(bucket) { second in
                    let begun = try await first.client.beginUpload(in: "moved/upload")
                    _ = try await first.client.sendChunk(begun, blob[..<11_000_000])
                    await first.kill()
                    let place = WireClient.withoutQuery(begun)
                    let (offset, location) = try await second.client.uploadStatus(place)
                    #expect(offset == 11_000_000)
                    try await second.client.finishUpload(location, blob[offset...], Digest.of(blob))
                    let answer = try await second.client.send("GET", "/v2/moved/upload/blobs/\(Digest.of(blob))")
                    #expect(answer.body == blob)
                }
            }
        }
    }

    @Test("keeps a ledger, deletes and collects", arguments: S3TestServer.Program.allCases)
    func maintenance(_ program: S3TestServer.Program) async throws {
        let image = try await ImageFolder.make(layers: [1, 2], layerBytes: 100_000)
        try await S3TestServer.with(program) { bucket in
            let folder = try TemporaryFolder()
            let ledger = "ledger: {path: \"\(folder.path)/ledger.db\"}"
            try await withServer(bucket, sections: ledger) { server in
                try await push(image, server.address)
                #expect(try await server.client.delete("/v2/library/image/manifests/\(image.digest)").status == 202)
                await server.terminate()
                let binary = try ProjectFolder.binary()
                let arguments = ["--delete-untagged", "--older-than", "0s", "--no-trash", server.configuration]
                let collected = try await Tool.run(binary, ["garbage-collect"] + arguments)
                #expect(collected.succeeded, "\(collected)")
                let test = S3TestDriver(port: bucket.port, root: "")
                #expect(try await !test.driver.holds(.root.appending("docker/registry/v2/blobs")))
                await test.driver.shutDown()
                let rebuilt = try await Tool.run(binary, ["ledger", "rebuild", server.configuration])
                #expect(rebuilt.succeeded, "\(rebuilt)")
            }
        }
    }

    /// The most memory that a process has had at any time (proc(5)).
    private static func peakKilobytes(_ pid: CInt) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .ascii)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return try #require(line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
    }

    @Test("takes and gives a large blob with little memory")
    func memory() async throws {
        try await SeaweedProcess.with { bucket in
            try await withServer(bucket) { server in
                let blob = PseudorandomBytes.bytes(300 << 20, seed: 9)
                let file = try TemporaryFolder()
                try file.write(blob, to: "blob")
                let digest = Digest.of(blob)
                let begun = try await server.client.beginUpload(in: "large/blob")
                let address = WireClient.adding("digest=\(digest)", to: begun)
                let push = [
                    "-sS", "-f", "-T", file.path + "/blob", "-H", "Content-Type: application/octet-stream", address,
                ]
                try await Tool.output("curl", push)
                let pull = "curl -sSf http://\(server.address)/v2/large/blob/blobs/\(digest) | sha256sum"
                #expect(try await Tool.output("sh", ["-c", pull]).hasPrefix(digest.hex))
                let peak = try Self.peakKilobytes(server.process.pid)
                #expect(peak < 160 << 10, "\(peak >> 10) MiB")
            }
        }
    }
}
