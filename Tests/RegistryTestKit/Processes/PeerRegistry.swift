//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
    import Glibc
#endif

/// Debian's docker-registry, serving a folder on a free port of the loopback address.
package struct PeerRegistry: Sendable {
    package let port: Int

    package var address: String { "127.0.0.1:\(port)" }

    package var client: WireClient { WireClient(port: port) }

    /// Serves while the body runs.
    /// - Parameters:
    ///   - driver: in place of `filesystem`, in YAML's flow style.
    ///   - sections: further ones, as YAML.
    package static func with<Output>(
        root: String = "",
        driver: String? = nil,
        secret: String = "a secret for tests",
        sections: String = "",
        _ body: (PeerRegistry) async throws -> Output
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        let yaml = """
            version: 0.1
            log: {level: info}
            storage:
              \(driver ?? "filesystem: {rootdirectory: \"\(root)\"}")
              redirect: {disable: true}
              delete: {enabled: true}
            http: {addr: "127.0.0.1:0", secret: \(secret)}
            \(sections)
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let process = try ChildProcess("docker-registry", ["serve", folder.path + "/config.yml"])
        let mark = "listening on 127.0.0.1:"
        let line = await process.errors.line { $0.contains(mark) }
        let port = line?.firstRange(of: mark).flatMap { range in
            Int(line?[range.upperBound...].prefix { $0.isNumber } ?? "")
        }
        let result: Result<Output, any Error>
        do {
            guard let port else { throw ProcessNotStarted(description: "docker-registry: \(process.errors.lines)") }
            result = .success(try await body(PeerRegistry(port: port)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGTERM)
        _ = await process.exit()
        return try result.get()
    }
}
