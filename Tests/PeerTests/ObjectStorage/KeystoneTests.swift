//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryObjectStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Tokens of Debian's Keystone, for OpenStack Swift", .timeLimit(.minutes(10)))
struct KeystoneTests {
    private static let password = "a pass \"word\""

    /// What the server says of itself, while it serves.
    private static func with(_ body: (_ url: String, JSONValue) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/keystone_server.py"
        // Debian's own, since its packages are for no other.
        let arguments = ["-W", "ignore", script, folder.path + "/keystone", "9", password]
        let process = try ChildProcess("/usr/bin/python3", arguments)
        let line = await process.output.line { $0.hasPrefix("{") }
        let result: Result<Void, any Error>
        do {
            guard let line else { throw ProcessNotStarted(description: "Keystone: \(await process.finished())") }
            let facts = try JSONValue(text: line)
            let port = try #require(facts["port"]?.int)
            result = .success(try await body("http://127.0.0.1:\(port)/v3", facts))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        try result.get()
    }

    private static func credentials(_ url: String, user: String) -> SwiftCredentials {
        var credentials = SwiftCredentials(authURL: url, version: .init(authURL: url))
        credentials.username = user
        credentials.password = password
        credentials.domain = .init(name: "Default")
        credentials.region = "one"
        return credentials
    }

    @Test("They are had by password, for a project by name and id, in a trust, and by an application's credential")
    func tokens() async throws {
        try await Self.with { url, facts in
            let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
            func grant(_ credentials: SwiftCredentials) async throws -> SwiftAuthRequest.Grant {
                let request = SwiftAuthRequest(credentials)
                let time = WallTime.now
                return try request.grant(try await http.send(request.message), at: time)
            }
            let project = try #require(facts["project"]?.string)
            var byName = Self.credentials(url, user: "registry")
            byName.project = .init(name: "images")
            var byID = Self.credentials(url, user: "registry")
            byID.project = .init(id: project)
            byID.domain = .init(id: "default")
            byID.endpoint = .internal
            var trusted = Self.credentials(url, user: "guest")
            trusted.trust = try #require(facts["trust"]?.string)
            var application = Self.credentials(url, user: "")
            application.password = ""
            application.application = .init(.init(id: facts["application"]?.string), secret: Self.password)
            var named = Self.credentials(url, user: "registry")
            named.application = .init(.init(name: "registry"), secret: Self.password)
            for (place, credentials) in [byName, byID, trusted, application, named].enumerated() {
                let given = try await grant(credentials)
                #expect(given.secret.storageURL == "http://127.0.0.1:9/v1/AUTH_\(project)", "\(place)")
                #expect(!given.secret.token.isEmpty)
                let end = try #require(given.expiry)
                #expect(end.microseconds > WallTime.now.microseconds + 30 * 60 * 1_000_000)
            }
            for wrong in [\SwiftCredentials.username, \.password] {
                var credentials = byName
                credentials[keyPath: wrong] = "another"
                do {
                    _ = try await grant(credentials)
                    Issue.record("was let in")
                } catch let error as ObjectStoreError {
                    #expect(error.code == .denied && error.status == 401)
                    #expect(!"\(error)".contains("another"))
                }
            }
            await http.shutDown()
        }
    }
}
