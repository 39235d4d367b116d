//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
    import Glibc
#endif

/// System calls of a running process.
package enum Strace {
    /// Follows a process with all its threads while the body runs.
    /// - Parameter options: what to follow, and faults to put in.
    /// - Returns: strace's lines, one for each call that began.
    package static func lines(
        of pid: CInt,
        _ options: [String],
        during body: () async throws -> Void
    ) async throws -> [String] {
        let strace = try ChildProcess("strace", ["-f"] + options + ["-p", String(pid)])
        guard await strace.errors.line(where: { $0.contains("attached") }) != nil else {
            throw ProcessNotStarted(description: "strace: \(strace.errors.lines)")
        }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        // Asked to end, it lets go of the process, which goes on.
        strace.send(SIGTERM)
        _ = await strace.exit()
        _ = await strace.errors.whole()
        try result.get()
        return strace.errors.lines
    }
}
