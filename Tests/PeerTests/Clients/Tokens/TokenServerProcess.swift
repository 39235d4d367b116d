//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit

#if canImport(Glibc)
    import Glibc
#endif

/// A server of tokens; see `token_server.py` beside this file.
struct TokenServerProcess {
    let port: Int

    /// Serves while the body runs.
    /// - Parameters:
    ///   - key: signs the tokens.
    ///   - users: names and passwords with a colon between.
    static func with<Output>(
        _ key: TokenKey,
        users: [String],
        _ body: (TokenServerProcess) async throws -> Output
    ) async throws -> Output {
        let script = ProjectFolder.path + "/Tests/PeerTests/Clients/Tokens/token_server.py"
        let process = try ChildProcess(ProjectFolder.python, [script, key.path, key.certificatePath] + users)
        guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
            let words = await process.finished()
            throw ProcessNotStarted(description: "the server of tokens ended with \(words)")
        }
        let result: Result<Output, any Error>
        do {
            result = .success(try await body(TokenServerProcess(port: port)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    var realm: String { "http://127.0.0.1:\(port)/token" }
}
