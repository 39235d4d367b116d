//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryObjectStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Debian's Keystone for tests; see `keystone_server.py` in `Tests/PeerTests/ObjectStorage`.
package final class KeystoneProcess: Sendable {
    package static let password = "a pass \"word\""
    package static let project = "images"

    /// Ways to be let in, each of which leads to the same project.
    package enum Login: String, CaseIterable, Sendable {
        case names, ids, application, namedApplication, trust
    }

    package let url: String
    /// The project's id.
    package let project: String
    private let trust: String
    private let application: String
    private let process: ChildProcess
    private let folder: TemporaryFolder

    /// Serves while the body runs.
    /// - Parameter store: the port that its catalogue has for the object store.
    package static func with<Output>(
        store: Int,
        _ body: (KeystoneProcess) async throws -> Output
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/keystone_server.py"
        // Debian's own, since its packages are for no other.
        let arguments = ["-W", "ignore", script, folder.path + "/keystone", "\(store)", password]
        let process = try ChildProcess("/usr/bin/python3", arguments)
        let result: Result<Output, any Error>
        do {
            guard let line = await process.output.line(where: { $0.hasPrefix("{") }) else {
                throw ProcessNotStarted(description: "Keystone: \(await process.finished())")
            }
            result = .success(try await body(KeystoneProcess(try JSONValue(text: line), process, folder)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    private init(_ facts: JSONValue, _ process: ChildProcess, _ folder: TemporaryFolder) throws {
        guard let port = facts["port"]?.int, let project = facts["project"]?.string, let trust = facts["trust"]?.string,
            let application = facts["application"]?.string
        else { throw ProcessNotStarted(description: "Keystone tells not enough") }
        url = "http://127.0.0.1:\(port)/v3"
        self.project = project
        self.trust = trust
        self.application = application
        self.process = process
        self.folder = folder
    }

    package func credentials(_ login: Login) -> SwiftCredentials {
        var credentials = SwiftCredentials(authURL: url, version: .init(authURL: url))
        credentials.username = login == .trust ? "guest" : login == .application ? "" : "registry"
        credentials.password = login == .application || login == .namedApplication ? "" : Self.password
        credentials.domain = .init(name: "Default")
        credentials.region = "one"
        switch login {
        case .names: credentials.project = .init(name: Self.project)
        case .ids:
            credentials.project = .init(id: project)
            credentials.domain = .init(id: "default")
            credentials.endpoint = .internal
        case .application: credentials.application = .init(.init(id: application), secret: Self.password)
        case .namedApplication: credentials.application = .init(.init(name: "registry"), secret: Self.password)
        case .trust: credentials.trust = trust
        }
        return credentials
    }

    /// The parameters of distribution's driver, and Plimsoll's own, in YAML's flow style.
    package func parameters(_ login: Login) -> String {
        let password = "password: '\(Self.password)'"
        let secret = "applicationcredentialsecret: '\(Self.password)'"
        let own =
            switch login {
            case .names:
                "username: registry, \(password), tenant: \(Self.project), domain: Default, tenantdomain: Default"
            case .ids:
                "username: registry, \(password), tenantid: \(project), domainid: default, endpointtype: internal"
            case .application: "applicationcredentialid: \(application), \(secret)"
            case .namedApplication:
                "username: registry, domain: Default, applicationcredentialname: registry, \(secret)"
            case .trust: "username: guest, \(password), domain: Default, trustid: \(trust)"
            }
        return "authurl: \"\(url)\", region: one, \(own)"
    }

    /// Revokes all tokens that the users of the project have been given.
    /// - Returns: how many there were.
    package func revoke(_ http: BackendHTTP) async throws -> Int {
        let address = url.replacing("/v3", with: "/revoke")
        return Int(String(buffer: try await http.send(BackendMessage("POST", address)).body)) ?? 0
    }
}
