//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("The example of docs/storage-driver.md", .timeLimit(.minutes(5)))
struct ExampleDriverTests {
    @Test("keeps the contract", arguments: DriverConformance.cases, DriverConformance.Wrapping.allCases)
    func conforms(_ rule: DriverConformance.Case, _ wrapping: DriverConformance.Wrapping) async throws {
        try await rule.check(wrapping) { DictionaryDriver() }
    }

    private static let folder = ProjectFolder.path + "/Tests/RegistryStorageTests/Example/"

    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("is shorter than 200 lines, and all code that the chapter shows is in it")
    func quotes() throws {
        let driver = try Self.text(Self.folder + "DictionaryDriver.swift")
        #expect(driver.split(separator: "\n", omittingEmptySubsequences: false).count <= 200)
        let all = try driver + Self.text(Self.folder + "ExampleDriverTests.swift")
        let lines = Set(all.split(separator: "\n").map { $0.drop { $0 == " " } })
        let document = try Self.text(ProjectFolder.path + "/docs/storage-driver.md")
        let blocks = document.split(separator: "```swift\n").dropFirst().compactMap { $0.split(separator: "```").first }
        #expect(blocks.count >= 4)
        for block in blocks {
            // Line by line, since a quote may leave some out.
            let missing = block.split(separator: "\n").map { $0.drop { $0 == " " } }
                .filter { !$0.isEmpty && $0 != "// …" && !lines.contains($0) }
            #expect(missing == [])
        }
    }

    @Test("The chapter names every verb that a driver must have")
    func verbs() throws {
        let document = try Self.text(ProjectFolder.path + "/docs/storage-driver.md")
        let source = try Self.text(ProjectFolder.path + "/Sources/RegistryStorage/Driver/StorageDriver.swift")
        let declaration = source.split(separator: "package protocol StorageDriver").last?.split(separator: "\n}\n")
            .first
        let names = try #require(declaration).matches(of: /func ([a-zA-Z]+)\(/).map { String($0.1) }
        #expect(names.count >= 10)
        for name in Set(names) { #expect(document.contains("`\(name)"), "\(name)") }
    }
}
