//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// A test that waits for what never comes is to be named, and not to be guessed from a run that does not end.
@Suite("Suites with asynchronous tests")
struct TimeLimitTests {
    /// Its length is configured.
    private static let exempt: Set = ["CollectionLoadTests.swift"]

    @Test("All of them have a time limit")
    func limits() throws {
        let root = ProjectFolder.path + "/Tests"
        let tests = try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix("Tests.swift") }
        #expect(tests.count > 100)
        let without = try tests.filter { path in
            let text = try String(contentsOfFile: root + "/" + path, encoding: .utf8)
            guard text.contains("@Test"), text.contains(/func \w+\([^{]*\) async/) else { return false }
            let suites = text.split(separator: "@Suite").dropFirst().map { $0.prefix { $0 != "{" } }
            return suites.isEmpty || suites.contains { !$0.contains(".timeLimit(") }
        }
        #expect(without.filter { !Self.exempt.contains(($0 as NSString).lastPathComponent) } == [])
    }
}
