//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryHTTP
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("The file of a Unix socket", .timeLimit(.minutes(10)))
struct UnixSocketFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/a.sock"
    }

    @Test("has the permissions that were asked for, and goes when it is to")
    func permissions() throws {
        let file = try UnixSocketFile(listeningAt: path, permissions: 0o600)
        var facts = stat()
        let result = stat(path, &facts)
        #expect(result == 0 && facts.st_mode == S_IFSOCK | 0o600)
        file.remove()
        #expect(access(path, F_OK) != 0)
        close(file.descriptor)
    }

    @Test("takes the place of one that a server left behind")
    func stale() throws {
        let first = try UnixSocketFile(listeningAt: path)
        close(first.descriptor)
        let second = try UnixSocketFile(listeningAt: path)
        // The first was long replaced: its end must not take the second's file.
        first.remove()
        #expect(access(path, F_OK) == 0)
        second.remove()
        close(second.descriptor)
    }

    @Test("does not take the place of one that a server listens on")
    func live() throws {
        let first = try UnixSocketFile(listeningAt: path)
        defer { close(first.descriptor) }
        let failure = #expect(throws: UnixSocketFailure.self) { try UnixSocketFile(listeningAt: path) }
        #expect(failure?.description == "another server listens there")
        #expect(access(path, F_OK) == 0)
    }

    @Test("does not take the place of a file that is no socket, and needs a folder and a short path")
    func refused() throws {
        try folder.write([1], to: "a.sock")
        let other = #expect(throws: UnixSocketFailure.self) { try UnixSocketFile(listeningAt: path) }
        #expect(other?.description == "there is a file that is no socket")
        #expect(try folder.files() == ["a.sock": [1]])
        let missing = #expect(throws: UnixSocketFailure.self) {
            try UnixSocketFile(listeningAt: folder.path + "/none/a.sock")
        }
        #expect(missing?.number == ENOENT)
        let long = #expect(throws: UnixSocketFailure.self) {
            try UnixSocketFile(listeningAt: "/" + String(repeating: "a", count: 107))
        }
        #expect(long?.number == ENAMETOOLONG)
    }

    @Test("is made by one of many servers that start at once")
    func race() async throws {
        let stale = try UnixSocketFile(listeningAt: path)
        close(stale.descriptor)
        let made = await withTaskGroup(of: UnixSocketFile?.self) { group in
            for _ in 0..<8 { group.addTask { try? await blocking { try UnixSocketFile(listeningAt: path) } } }
            return await group.reduce(into: [UnixSocketFile]()) { if let file = $1 { $0.append(file) } }
        }
        #expect(made.count == 1)
        for file in made { close(file.descriptor) }
    }
}
