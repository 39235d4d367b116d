//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit

#if canImport(Glibc)
    import Glibc
#endif

/// Stands between a registry and its object store, and spoils requests; see `faults.py` beside this file.
struct FaultyServer: Sendable {
    let port: Int

    /// Serves while the body runs.
    /// - Parameters:
    ///   - target: the port behind it.
    ///   - every: of so many requests one is spoilt.
    ///   - faults: that take turns.
    static func with<Output>(
        _ target: Int,
        every: Int,
        _ faults: [String],
        _ body: (FaultyServer) async throws -> Output
    ) async throws -> Output {
        let script = ProjectFolder.path + "/Tests/PeerTests/ObjectStorage/faults.py"
        let process = try ChildProcess(ProjectFolder.python, [script, "\(target)", "\(every)"] + faults)
        guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
            let words = await process.finished()
            throw ProcessNotStarted(description: "the faulty server ended with \(words)")
        }
        let result: Result<Output, any Error>
        do {
            result = .success(try await body(FaultyServer(port: port)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }
}
