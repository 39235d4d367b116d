//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

/// skopeo and podman at work while garbage is collected all the time, for as long as `PLIMSOLL_CLIENTS_SECONDS` says.
@Suite("Collections beside real clients", .timeLimit(.minutes(20)))
struct CollectionClientsTests {
    private static let repositories = ["clients/a", "clients/b", "clients/b/c"]
    private static let tags = ["1", "2", "latest"]

    @Test("skopeo and podman push, mount, pull and delete, and each tag leads to a whole image")
    func clients() async throws {
        let seconds = ProcessInfo.processInfo.environment["PLIMSOLL_CLIENTS_SECONDS"].flatMap { Int($0) } ?? 25
        // They share layers, one with each other.
        var images: [ImageFolder] = []
        for number in 0..<5 { images.append(try await ImageFolder.make(layers: [number, number + 1, 9])) }
        images.append(try await ImageFolder.make(layers: [3], platforms: ["amd64", "arm64"]))
        let (made, folder) = (images, try TemporaryFolder())
        try await ServerProcess.with(root: folder.path + "/root", { $0.http = Collection.control(folder) }) { server in
            try await LedgerProcess.current(server)
            let podman = try await PodmanImage(server.address)
            let end = ContinuousClock.now + .seconds(seconds)
            let counts = Counts()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { while .now < end { try await push(made, server, counts) } }
                group.addTask { while .now < end { try await mount(server, counts) } }
                group.addTask {
                    while .now < end {
                        // What fails is quick: there should be more to pull than is deleted.
                        for _ in 0..<4 { try await pull(server, counts) }
                        try await delete(server, counts)
                    }
                }
                group.addTask { while .now < end { try await podman.work(counts) } }
                group.addTask { while .now < end { try await collect(server, counts) } }
                try await group.waitForAll()
            }
            print("collections beside real clients: \(counts.text)")
            for name in ["pushed", "mounted", "pulled", "deleted", "podman pushed", "podman pulled", "collections"] {
                #expect(counts[name] > 0, "nothing was \(name): \(counts.text)")
            }
            #expect(counts["removed"] > 0, "\(counts.text)")
            #expect(try await pullAll(server) > 0)
            #expect(try await LedgerProcess.differences(server) == [])
            _ = try await Collection.report(server.configuration, "-m", "--older-than", "0s", "--no-trash")
            try await pullAll(server)
            podman.end()
        }
    }

    private func place(_ server: ServerProcess) -> (name: String, tag: String, reference: String) {
        let name = Self.repositories.randomElement() ?? "clients/a"
        let tag = Self.tags.randomElement() ?? "1"
        return (name, tag, "docker://\(server.address)/\(name):\(tag)")
    }

    // MARK: What clients do

    private func push(_ images: [ImageFolder], _ server: ServerProcess, _ counts: Counts) async throws {
        guard let image = images.randomElement() else { return }
        counts.note("pushed", try await skopeo(["copy", "--all"], image.reference, place(server).reference))
    }

    /// From one repository into another of the same registry, of which skopeo mounts the layers.
    private func mount(_ server: ServerProcess, _ counts: Counts) async throws {
        let isMounted = try await skopeo(["copy", "--all"], place(server).reference, place(server).reference)
        counts.note("mounted", isMounted)
    }

    private func pull(_ server: ServerProcess, _ counts: Counts) async throws {
        let target = try TemporaryFolder()
        let isPulled = try await skopeo(["copy", "--all"], place(server).reference, "dir:\(target.path)/image")
        counts.note("pulled", isPulled)
        if isPulled { try expectWhole(target.path + "/image") }
    }

    private func delete(_ server: ServerProcess, _ counts: Counts) async throws {
        counts.note("deleted", try await skopeo(["delete"], place(server).reference))
    }

    private func collect(_ server: ServerProcess, _ counts: Counts) async throws {
        let result = try await Collection.run(server.configuration, ["--json", "-m", "--older-than", "0s"])
        let report = try JSONValue(text: result.output)
        #expect(report["result"]?.string == "completed" && report["reconciled"] == .bool(true), "\(result)")
        counts.add("collections")
        counts.add("removed", report["removed"]?["blobs"]?.int ?? 0)
        counts.add("used", report["spared"]?["used"]?["count"]?.int ?? 0)
    }

    /// - Returns: false for what the registry has not, or not any more: nothing is too young here to be collected.
    private func skopeo(_ command: [String], _ references: String...) async throws -> Bool {
        let isCopy = command.first == "copy"
        let tls = isCopy ? ["--src-tls-verify=false", "--dest-tls-verify=false"] : ["--tls-verify=false"]
        let result = try await Tool.run("skopeo", ["--insecure-policy"] + command + tls + references)
        #expect(result.succeeded || Self.isGone(result.errors), "\(command) \(references): \(result)")
        return result.succeeded
    }

    fileprivate static func isGone(_ errors: String) -> Bool {
        [
            "manifest unknown", "blob unknown", "not known to registry", "status code 404", "StatusCode: 404",
            "status code from registry 404",
            "name unknown", "Image may not exist",
        ]
        .contains { errors.localizedCaseInsensitiveContains($0) }
    }

    // MARK: What must hold

    /// Pulls what every tag leads to, by skopeo.
    @discardableResult
    private func pullAll(_ server: ServerProcess) async throws -> Int {
        var pulled = 0
        for name in try JSONValue(bytes: await server.client.get("/v2/_catalog").body)["repositories"]?.array ?? [] {
            let name = name.string ?? ""
            let tags = try JSONValue(bytes: await server.client.get("/v2/\(name)/tags/list").body)["tags"]?.array ?? []
            for tag in tags.compactMap(\.string) {
                let target = try TemporaryFolder()
                let reference = "docker://\(server.address)/\(name):\(tag)"
                try await Skopeo.copy(reference, "dir:\(target.path)/image", ["--all"])
                try expectWhole(target.path + "/image")
                pulled += 1
            }
        }
        return pulled
    }

    /// Each file of skopeo's `dir:` is called by the digest that it must have, and all that manifests name is there.
    private func expectWhole(_ folder: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.contains("manifest.json"))
        for name in names where name != "version" {
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            if !name.hasSuffix("manifest.json") { #expect(Digest.of(bytes).hex == name, "\(folder)/\(name)") }
            guard name.hasSuffix("manifest.json") else { continue }
            let manifest = try JSONValue(bytes: bytes)
            let blobs = (manifest["layers"]?.array ?? []) + [manifest["config"]].compactMap(\.self)
            for digest in blobs.compactMap({ $0["digest"]?.string }) {
                #expect(names.contains(String(digest.dropFirst("sha256:".count))), "\(name) lacks \(digest)")
            }
        }
    }

    fileprivate final class Counts: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        subscript(_ name: String) -> Int { counts.withLock { $0[name] ?? 0 } }

        func add(_ name: String, _ count: Int = 1) { counts.withLock { $0[name, default: 0] += count } }

        func note(_ name: String, _ isDone: Bool) { add(isDone ? name : "not \(name)") }

        var text: String {
            counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }
        }
    }

    /// podman with an image of its own.
    private struct PodmanImage: Sendable {
        private let podman: Podman
        private let archive: String
        private let name: String

        init(_ address: String) async throws {
            podman = try Podman()
            name = "\(address)/clients/podman:1"
            archive = try await podman.archive(PseudorandomBytes.bytes(100_000, seed: 77))
        }

        private func check(_ result: Tool.Result) -> Bool {
            #expect(result.succeeded || CollectionClientsTests.isGone(result.errors), "\(result)")
            return result.succeeded
        }

        /// Pushes another image under the same tag, and pulls it.
        func work(_ counts: Counts) async throws {
            let message = "\(UInt64.random(in: 0...UInt64.max))"
            _ = check(try await podman.run("import", "--message", message, archive, name))
            let isPushed = check(try await podman.run("push", "--tls-verify=false", name))
            counts.note("podman pushed", isPushed)
            _ = check(try await podman.run("rmi", name))
            guard isPushed else { return }
            let isPulled = check(try await podman.run("pull", "--tls-verify=false", name))
            counts.note("podman pulled", isPulled)
            if isPulled { _ = check(try await podman.run("rmi", name)) }
        }

        func end() { podman.end() }
    }
}
