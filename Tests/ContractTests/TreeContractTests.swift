//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Contract: the tree on disk", .timeLimit(.minutes(5)))
struct TreeContractTests {
    @Test("The tree after the script, on every storage", arguments: TestStorage.allCases)
    func tree(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            try await Script.run(client)
            let upload = /_uploads\/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
            var lines: [String] = []
            for (path, bytes) in try await registry.tree() {
                let content: String
                switch path.split(separator: "/").last {
                case "link": content = String(decoding: bytes, as: UTF8.self)
                case "startedat":
                    let text = String(decoding: bytes, as: UTF8.self)
                    content = text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) == nil ? text : "<time>"
                case "data" where path.contains("/_uploads/"): content = String(decoding: bytes, as: UTF8.self)
                default: content = "\(bytes.count) bytes"
                }
                if path.contains("/blobs/") {
                    // What a file of content is called says what is in it.
                    let named = [DigestAlgorithm.sha256, .sha512].contains {
                        path.contains("/\($0.rawValue)/") && path.contains(Digest.of(bytes, $0).hex)
                    }
                    #expect(named, "\(path)")
                }
                lines.append("\(path.replacing(upload, with: "_uploads/<id>")): \(content)")
            }
            lines.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            try Golden.expect(lines.joined(separator: "\n") + "\n", "tree.txt")
        }
    }
}
