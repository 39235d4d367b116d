//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

@Suite("Signing in with a password", .timeLimit(.minutes(5)))
struct PasswordAuthenticatorTests {
    private let folder: TemporaryFolder
    private let instruments = AuthInstruments()
    private var path: String { folder.path + "/htpasswd" }

    init() throws {
        folder = try TemporaryFolder()
        try write("alice", "right")
    }

    private func write(_ user: String, _ password: String, cost: Int = 4) throws {
        let hash = try BcryptHash.make(Array(password.utf8), cost: cost)
        try folder.write(Array("\(user):\(hash)\n".utf8), to: "htpasswd")
    }

    private func authenticator(maximumPending: Int = 10) throws -> PasswordAuthenticator {
        try PasswordAuthenticator(
            realm: #"a "realm""#,
            path: path,
            threads: 1,
            maximumPending: maximumPending,
            instruments: instruments
        )
    }

    private func credentials(_ text: String) -> Credentials {
        Credentials(authorization: "basic " + Data(text.utf8).base64EncodedString())
    }

    private func refusal(_ text: String?, _ authenticator: PasswordAuthenticator) async -> Refusal? {
        do throws(Refusal) {
            _ = try await authenticator.principal(of: text.map { credentials($0) } ?? Credentials())
            return nil
        } catch {
            return error
        }
    }

    @Test("The right password lets in, and everything else is asked again with the same challenge")
    func answers() async throws {
        let authenticator = try authenticator()
        #expect(try await authenticator.principal(of: credentials("alice:right")).name == "alice")
        let wrong: [(String?, AuthReason)] = [
            (nil, .noCredentials), (":", .noCredentials), ("alice:wrong", .passwordWrong), ("bob:right", .userUnknown),
            ("alice:", .passwordWrong), ("alice", .credentialsMalformed),
            ("alice:" + String(repeating: "x", count: 600), .passwordWrong),
            ("alice:" + String(repeating: "x", count: 20_000), .credentialsMalformed),
        ]
        for (text, reason) in wrong {
            let refusal = await refusal(text, authenticator)
            #expect(refusal?.reason == reason)
            #expect(refusal?.challenge == #"Basic realm="a \"realm\"""#)
            #expect(refusal?.text.contains("bob") == false)
        }
    }

    @Test("A password that was right is not hashed again, until the file changes")
    func caching() async throws {
        let authenticator = try authenticator()
        for _ in 0..<10 { _ = try await authenticator.principal(of: credentials("alice:right")) }
        #expect(instruments.passwordChecks.counts.reduce(0, +) == 1)
        #expect(instruments.cache[.hit].value == 9)
        try write("alice", "other")
        #expect(authenticator.file.refresh() == .success(1))
        #expect(await refusal("alice:right", authenticator)?.reason == .passwordWrong)
        #expect(try await authenticator.principal(of: credentials("alice:other")).name == "alice")
        #expect(authenticator.file.refresh() == nil)
    }

    @Test("A file that is gone or wrong changes nothing")
    func badFile() async throws {
        let authenticator = try authenticator()
        try folder.write(Array("what is this\n".utf8), to: "htpasswd")
        guard case .failure(let error) = authenticator.file.refresh() else { throw AuthFileError("taken") }
        #expect(error.description == "line 1: not of the form name:hash")
        try FileManager.default.removeItem(atPath: path)
        guard case .failure = authenticator.file.refresh() else { throw AuthFileError("taken") }
        #expect(try await authenticator.principal(of: credentials("alice:right")).name == "alice")
    }

    @Test("Many who sign in at once with the same password cost as much as one")
    func storm() async throws {
        try write("alice", "right", cost: 9)
        let authenticator = try authenticator()
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask { try await authenticator.principal(of: credentials("alice:right")).name }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(names == [String](repeating: "alice", count: 100))
        #expect(instruments.passwordChecks.counts.reduce(0, +) <= 2)
    }

    @Test("When too many wait, further ones are turned away at once")
    func bounded() async throws {
        try write("alice", "right", cost: 9)
        let authenticator = try authenticator(maximumPending: 2)
        let reasons = await withTaskGroup(of: AuthReason?.self) { group in
            for number in 0..<20 { group.addTask { await refusal("alice:\(number)", authenticator)?.reason } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(reasons.contains(.busy))
        #expect(reasons.contains(.passwordWrong))
        #expect(instruments.passwordQueue.value == 0)
    }

    @Test("Somebody unknown costs as much work as somebody known")
    func unknown() async throws {
        let authenticator = try authenticator()
        _ = await refusal("bob:x", authenticator)
        _ = await refusal("alice:x", authenticator)
        #expect(instruments.passwordChecks.counts.reduce(0, +) == 2)
        #expect(BcryptHash.unknown(cost: 5).cost == 5)
        #expect(!BcryptHash.unknown(cost: 5).matches([65]))
    }
}
