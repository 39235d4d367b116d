//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTestKit
import Testing

@Suite("The filesystem driver", .timeLimit(.minutes(5)))
struct FilesystemDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        let folder = try TemporaryFolder()
        try await rule.check(wrapping) { try FilesystemDriver(root: folder.path, pool: .forTests) }
        withExtendedLifetime(folder) {}
    }
}

/// What the contract leaves open, and the drivers with folders do.
@Suite("Drivers with folders", .timeLimit(.minutes(5)))
struct FolderDriverTests {
    private static func drivers(_ folder: TemporaryFolder) throws -> [any StorageDriver] {
        [try FilesystemDriver(root: folder.path, pool: .forTests), InMemoryDriver()]
    }

    @Test("tell the size of what they replace")
    func tellSizes() async throws {
        let folder = try TemporaryFolder()
        for driver in try Self.drivers(folder) {
            #expect(try await driver.put([1, 2, 3], at: Self.path("a/b")) == nil)
            #expect(try await driver.put([], at: Self.path("a/b")) == 3)
            #expect(try await driver.put([1], at: Self.path("a/b")) == 0)
        }
    }

    @Test("refuse content below content, and in the place of a folder")
    func refuse() async throws {
        let folder = try TemporaryFolder()
        for driver in try Self.drivers(folder) {
            try await driver.put([1], at: Self.path("content"))
            try await driver.put([2], at: Self.path("folder/content"))
            try await driver.put([3], at: Self.path("source"))
            for target in ["content/below", "content/far/below", "folder"].map(Self.path) {
                #expect(await failure { () throws(StorageError) in try await driver.put([4], at: target) } != nil)
                #expect(await failure { () throws(StorageError) in try await driver.append(target) } != nil)
                let code = await failure { () throws(StorageError) in
                    try await driver.publish(Self.path("source"), as: target)
                }
                #expect(code != nil)
            }
            #expect(try await driver.bytes(Self.path("source")) == [3])
        }
    }

    private static func path(_ components: String) -> StoragePath { .root.appending(components) }
}

@Suite("The in-memory driver", .timeLimit(.minutes(5)))
struct InMemoryDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        try await rule.check(wrapping) { InMemoryDriver() }
    }
}
