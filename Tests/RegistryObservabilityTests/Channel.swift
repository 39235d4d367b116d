//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import Glibc
import Testing

/// A pipe or a pair of sockets, to have a log written into.
final class Channel: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    /// Makes a pipe with the smallest buffer the kernel has: one page.
    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        self.readEnd = ends[0]
        self.writeEnd = ends[1]
        _ = fcntl(writeEnd, Self.setPipeSize, 4096)
    }

    deinit {
        closeReadEnd()
        closeWriteEnd()
    }

    /// F_SETPIPE_SZ of fcntl(2), which Swift does not see.
    private static let setPipeSize: Int32 = 1031

    // Closing twice must not hit a descriptor of another test, which runs meanwhile.
    private let isReadEndOpen = Flag()
    private let isWriteEndOpen = Flag()

    func closeReadEnd() { if isReadEndOpen.lower() { close(readEnd) } }

    func closeWriteEnd() { if isWriteEndOpen.lower() { close(writeEnd) } }

    /// Reads what is there now, up to 64 KiB; waits if there is nothing and the writer is not gone.
    func readSome() -> String {
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, read(readEnd, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads until the writer is gone.
    func readAll() -> String {
        var all = ""
        while true {
            let some = readSome()
            if some.isEmpty { return all }
            all += some
        }
    }

    /// Reads lines until the writer is gone; each must be an object.
    func objects() async throws -> [JSONObject] {
        let text = await withCheckedContinuation { continuation in
            DispatchQueue(label: "reader").async { continuation.resume(returning: self.readAll()) }
        }
        return try text.split(separator: "\n").map { try JSONObject($0) }
    }

    func makeWriteEndNonBlocking() { _ = fcntl(writeEnd, F_SETFL, O_WRONLY | O_NONBLOCK) }
}
