//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("The threads for blocking work", .timeLimit(.minutes(5)))
struct IOPoolTests {
    @Test("return what the work returns, and throw what it throws")
    func results() async throws {
        let pool = IOPool(size: 2)
        #expect(try await pool.run { () throws(StorageError) in 42 } == 42)
        let code = await failure { () async throws(StorageError) in
            try await pool.run { () throws(StorageError) in throw StorageError(.noSpace, "test", .root) }
        }
        #expect(code == .noSpace)
        try await pool.shutdown()
    }

    @Test("do much work that is asked for at once")
    func many() async throws {
        let pool = IOPool(size: 2)
        let sum = try await withThrowingTaskGroup(of: Int.self) { tasks in
            for number in 0..<500 { tasks.addTask { try await pool.run { () throws(StorageError) in number } } }
            return try await tasks.reduce(0, +)
        }
        #expect(sum == 499 * 500 / 2)
        try await pool.shutdown()
    }

    @Test("do work behind the caller")
    func behind() async throws {
        let pool = IOPool(size: 1)
        let gate = DispatchSemaphore(value: 0)
        let task = pool.start { () throws(StorageError) in
            gate.wait()
            return "done"
        }
        #expect(!task.isDone)
        gate.signal()
        #expect(try await task.value == "done")
        #expect(task.isDone)
        #expect(try await task.value == "done")
        try await pool.shutdown()
    }

    @Test("refuse work after their end, and do not leave it waiting")
    func shutdown() async throws {
        let pool = IOPool(size: 1)
        try await pool.shutdown()
        let code = await failure { () async throws(StorageError) in try await pool.run { () throws(StorageError) in 1 }
        }
        #expect(code == .failed)
    }
}
