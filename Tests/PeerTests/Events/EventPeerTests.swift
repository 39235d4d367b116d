//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// Debian's docker-registry and Plimsoll with an endpoint each, asked to do the same.
@Suite("Events beside docker-registry's", .timeLimit(.minutes(5)))
struct EventPeerTests {
    @Test("tell the same of the same requests, field by field")
    func same() async throws {
        let (root, ours, theirs) = (
            try TemporaryFolder(), try await TestReceiver.start(), try await TestReceiver.start()
        )
        let their = try await PeerRegistry.with(root: root.path + "/theirs", sections: Self.sections(theirs)) { peer in
            try await Self.work(peer.client)
            // It sends one after the other, so that nothing comes behind the last one.
            try await eventually { Self.events(theirs).contains { $0.contains(Self.last) } }
            return Self.events(theirs)
        }
        let our = try await ServerProcess.with(
            root: root.path + "/ours",
            { $0.sections = Self.sections(ours) }
        ) { server in
            try await Self.work(server.client)
            try await eventually { Self.events(ours).count >= their.count }
            // Everything that is on its way is sent before the end.
            await server.terminate()
            return Self.events(ours)
        }
        // Pulls are told later, all else in the order of its repository.
        for isPull in [true, false] {
            let (our, their) = (Self.events(our, isPull), Self.events(their, isPull))
            #expect(our.count == their.count && !our.isEmpty)
            for (our, their) in zip(our, their) { #expect(our == their) }
        }
        #expect(
            ours.taken.allSatisfy { $0.headers["content-type"] == "application/vnd.docker.distribution.events.v2+json" }
        )
        try await ours.stop()
        try await theirs.stop()
    }

    private static let last = "the-end"

    private static func events(_ events: [String], _ arePulls: Bool) -> [String] {
        let events = events.filter { $0.contains("\"action\":\"pull\"") == arePulls }
        guard !arePulls else { return events.sorted() }
        return ["a/b", "c"].flatMap { name in events.filter { $0.contains("\"repository\":\"\(name)\"") } }
    }

    private static func sections(_ receiver: TestReceiver) -> String {
        """
        notifications:
          events: {includereferences: true}
          endpoints: [{name: peer, url: "\(receiver.address)", timeout: 5s, threshold: 3, backoff: 1s}]
        """
    }

    /// What a receiver was told, without what is another with each server.
    private static func events(_ receiver: TestReceiver) -> [String] {
        receiver.taken.flatMap { request in (try? JSONValue(text: request.body)["events"]?.array) ?? [] }.map { event in
            shape(event, in: "")
        }
    }

    /// A value as text, in which members have an order, and places, times and names of servers are only told by their form.
    private static func shape(_ value: JSONValue, in path: String) -> String {
        switch value {
        case .object(let members):
            let parts = members.sorted { $0.key < $1.key }
                .map { "\"\($0.key)\":" + shape($0.value, in: path + "/" + $0.key) }
            return "{" + parts.joined(separator: ",") + "}"
        case .array(let items):
            return "[" + items.map { shape($0, in: path + "/*") }.joined(separator: ",") + "]"
        case .string(let text): return "\"" + form(text, in: path) + "\""
        case .number(let number): return "\(number)"
        case .bool(let truth): return "\(truth)"
        case .null: return "null"
        }
    }

    private static func form(_ text: String, in path: String) -> String {
        switch path {
        case "/id", "/source/instanceID":
            return text.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12] ? "a UUID" : text
        case "/timestamp": return text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/) != nil ? "a time" : text
        case "/request/id": return text.isEmpty ? text : "an id"
        case "/request/addr", "/request/host": return text.replacing(/:\d+$/, with: ":port")
        case "/source/addr": return text.wholeMatch(of: /[^:]+:\d+/) != nil ? "host:port" : text
        case "/target/url": return text.replacing(/^http:\/\/127.0.0.1:\d+/, with: "http://server")
        default: return text
        }
    }

    // MARK: The requests

    private static func work(_ client: WireClient) async throws {
        let blobs: [[UInt8]] = [Array("{}".utf8), Array("one".utf8), Array("two".utf8)]
        for blob in blobs { try await push(blob, to: "a/b", client) }
        let blob = Digest.of(blobs[1])
        _ = try await client.send("POST", "/v2/c/blobs/uploads/?mount=\(blob)&from=a/b", body: [])
        _ = try await client.send("POST", "/v2/c/blobs/uploads/?mount=\(blob)&from=a/b", body: [])
        _ = try await client.get("/v2/a/b/blobs/\(blob)", headers: [("User-Agent", "one \"two\"")])
        _ = try await client.head("/v2/a/b/blobs/\(blob)")
        _ = try await client.get("/v2/a/b/blobs/\(blob)", headers: [("Range", "bytes=0-1")])
        _ = try await client.get("/v2/a/b/blobs/\(Digest.of([77]))")
        try await manifests(blobs, client)
        _ = try await client.delete("/v2/c/blobs/\(blob)")
        _ = try await client.delete("/v2/c/blobs/\(blob)")
        _ = try await client.put(manifest(blobs, annotation: last), as: last, to: "a/b")
    }

    private static func push(_ bytes: [UInt8], to name: String, _ client: WireClient) async throws {
        let location = try await client.beginUpload(in: name)
        try await client.finishUpload(location, bytes, Digest.of(bytes))
    }

    private static func manifests(_ blobs: [[UInt8]], _ client: WireClient) async throws {
        let accept = ("Accept", MediaType.ociManifest.description + ", " + MediaType.ociIndex.description)
        let image = manifest(blobs, annotation: "<&> ü")
        let digest = Digest.of(image)
        _ = try await client.put(image, as: "v1", to: "a/b")
        _ = try await client.put(image, as: "v1", to: "a/b")
        _ = try await client.put(image, as: digest, to: "a/b")
        _ = try await client.put(index(image), as: "all", to: "a/b", type: .ociIndex)
        for reference in ["v1", digest.description, "all", "none"] {
            _ = try await client.get("/v2/a/b/manifests/\(reference)", headers: [accept])
            _ = try await client.head("/v2/a/b/manifests/\(reference)", headers: [accept])
        }
        let condition = ("If-None-Match", "\"\(digest)\"")
        _ = try await client.get("/v2/a/b/manifests/\(digest)", headers: [accept, condition])
        _ = try await client.put(image, as: "v2", to: "a/b")
        _ = try await client.delete("/v2/a/b/manifests/\(digest)")
        _ = try await client.delete("/v2/a/b/manifests/\(digest)")
    }

    private static func manifest(_ blobs: [[UInt8]], annotation: String) -> [UInt8] {
        Array(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)",
            "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\(Digest.of(blobs[0]))","size":2},
            "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"\(Digest.of(blobs[1]))","size":3,
            "annotations":{"b":"\(annotation)","a":"1"}},{"mediaType":"application/vnd.oci.image.layer.v1.tar",
            "digest":"\(Digest.of(blobs[2]))","size":3}]}
            """.utf8
        )
    }

    private static func index(_ image: [UInt8]) -> [UInt8] {
        Array(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[{"mediaType":"\(MediaType.ociManifest)",
            "digest":"\(Digest.of(image))","size":\(image.count),"platform":{"architecture":"arm64","os":"linux",
            "variant":"v8"}}]}
            """.utf8
        )
    }
}
