//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryConfiguration

@Suite("Contract: configuration")
struct ConfigurationContractTests {
    @Test("Every key that is known, and whether it is supported")
    func keys() throws {
        let record = ReadingRecord()
        _ = RegistryConfiguration.read(nil, record: record)
        let lines =
            Set(record.supportedKeys).map { "\($0): supported" } + Set(record.unsupportedKeys).map { "\($0): refused" }
        try Golden.expect(lines.sorted().joined(separator: "\n") + "\n", "configuration-keys.txt")
    }
}
