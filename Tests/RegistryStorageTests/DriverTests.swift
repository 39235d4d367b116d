//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTestKit
import Testing

@Suite("The filesystem driver")
struct FilesystemDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        let folder = try TemporaryFolder()
        try await rule.check(wrapping) { try FilesystemDriver(root: folder.path, pool: .forTests) }
        withExtendedLifetime(folder) {}
    }
}

@Suite("The in-memory driver")
struct InMemoryDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        try await rule.check(wrapping) { InMemoryDriver() }
    }
}
