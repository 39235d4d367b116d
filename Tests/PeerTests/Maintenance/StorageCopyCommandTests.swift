//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryModel
import RegistryTestKit
import Testing

@Suite("plimsoll storage copy", .timeLimit(.minutes(5)))
struct StorageCopyCommandTests {
    private static let images = 40

    private static func layer(_ number: Int) -> [UInt8] { PseudorandomBytes.bytes(300_000, seed: number) }

    private func copy(_ from: ServerProcess, _ to: ServerProcess, _ flags: String...) async throws -> Tool.Result {
        try await Tool.run(
            try ProjectFolder.binary(),
            ["storage", "copy", from.configuration, to.configuration] + flags
        )
    }

    @Test(
        "goes on after it was killed, takes over what was pushed meanwhile, and what it has made another registry serves"
    )
    func moves() async throws {
        let folder = try TemporaryFolder()
        let (old, new) = (folder.path + "/old", folder.path + "/new")
        let socket = folder.path + "/control.sock"
        try await ServerProcess.with(root: new, { $0.http = "control: {socket: \"\(socket)\"}" }) { target in
            try await ServerProcess.with(root: old) { source in
                var digests: [Digest] = []
                for number in 0..<Self.images {
                    let name = "team/app\(number % 7)"
                    let layers = [Self.layer(number), Self.layer(number % 5)]
                    digests.append(
                        try await source.client.pushImage(to: name, reference: "v\(number)", layers: layers).digest
                    )
                }
                let refused = try await copy(source, target)
                #expect(refused.status == .code(1) && refused.errors.contains("a server has it"), "\(refused)")
                await target.terminate()
                let same = try await copy(source, source)
                #expect(same.status == .code(1), "\(same)")

                let killed = try ChildProcess(
                    try ProjectFolder.binary(),
                    ["storage", "copy", source.configuration, target.configuration, "--jobs", "1"]
                )
                try await eventually("some content is copied") {
                    ((try? Collection.blobs(new).count) ?? 0) > 5 || !killed.isRunning
                }
                killed.send(SIGKILL)
                _ = await killed.exit()
                _ = try await source.client.pushImage(to: "late", reference: "1", layers: [Self.layer(100)])
                _ = try await source.client.delete("/v2/team/app0/manifests/v0")
                let whole = try await copy(source, target, "--json", "--prune", "--verify")
                #expect(whole.succeeded, "\(whole)")
                let result = try JSONValue(text: whole.output)
                #expect(result["problems"]?.int == 0 && result["repositories"]?.int == 8, "\(result)")
                #expect(try Collection.blobs(new) == Collection.blobs(old))
                let again = try await copy(source, target)
                #expect(
                    again.succeeded && again.output.contains("0 blobs (0 bytes) and 0 links were copied"),
                    "\(again)"
                )

                try await PeerRegistry.with(root: new) { peer in
                    for number in 1..<Self.images {
                        let name = "team/app\(number % 7)"
                        let accept = ("Accept", MediaType.ociManifest.description)
                        let response = try await peer.client.get("/v2/\(name)/manifests/v\(number)", headers: [accept])
                        #expect(Digest.of(response.body) == digests[number])
                        let digest = Digest.of(Self.layer(number))
                        #expect(try await peer.client.get("/v2/\(name)/blobs/\(digest)").body == Self.layer(number))
                    }
                    #expect(try await peer.client.get("/v2/team/app0/manifests/v0").status == 404)
                }
                try await target.restart()
                try await LedgerProcess.current(target)
                #expect(try await LedgerProcess.differences(target) == [])
                let names = try JSONValue(text: try await target.client.get("/v2/_catalog").text)["repositories"]?.array
                #expect(names?.compactMap(\.string) == ["late"] + (0..<7).map { "team/app\($0)" })
            }
        }
    }
}
