//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("docs/threat-model.md")
struct ThreatModelTests {
    /// Functions of test suites by the suites' types.
    private static func tests() throws -> [String: Set<String>] {
        let root = ProjectFolder.path + "/Tests"
        var tests: [String: Set<String>] = [:]
        for file in try FileManager.default.subpathsOfDirectory(atPath: root) where file.hasSuffix(".swift") {
            var suite = ""
            var isTest = false
            for line in try String(contentsOfFile: root + "/" + file, encoding: .utf8).split(separator: "\n") {
                // Attributes stand before declarations, on their lines or on those above; what is indented is no suite.
                if !line.hasPrefix(" "), let name = word(after: "struct ", in: line) { suite = name }
                if line.contains("@Test") { isTest = true }
                guard isTest, let name = word(after: "func ", in: line) else { continue }
                tests[suite, default: []].insert(name)
                isTest = false
            }
        }
        return tests
    }

    private static func word(after keyword: String, in line: Substring) -> String? {
        guard let start = line.firstRange(of: keyword) else { return nil }
        let before = line[..<start.lowerBound].split(separator: " ").last
        guard before == nil || before?.hasPrefix("@") == true || before?.hasSuffix(")") == true else { return nil }
        let name = line[start.upperBound...].prefix { $0.isLetter || $0.isNumber }
        return name.isEmpty ? nil : String(name)
    }

    /// Rows of the tables of defences: what holds each.
    private static func rows() throws -> [(threat: String, tests: [String])] {
        let text = try String(contentsOfFile: ProjectFolder.path + "/docs/threat-model.md", encoding: .utf8)
        var isTable = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).compactMap { line in
            if line.hasPrefix("| threat |") { isTable = true }
            if !line.hasPrefix("|") { isTable = false }
            guard isTable, !line.hasPrefix("| threat |"), !line.hasPrefix("|---") else { return nil }
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard let last = cells.last, cells.count == 3 else { return (String(line), []) }
            return (cells[0], last.split(separator: " ").map { $0.trimmingCharacters(in: ["`"]) })
        }
    }

    @Test("Each defence names tests that hold it, and each of them exists")
    func defences() throws {
        let tests = try Self.tests()
        let rows = try Self.rows()
        #expect(rows.count > 40)
        for (threat, names) in rows {
            #expect(!names.isEmpty, "\(threat)")
            for name in names {
                let parts = name.split(separator: ".").map(String.init)
                #expect(parts.count == 2 && tests[parts[0]]?.contains(parts[1]) == true, "\(name), of: \(threat)")
            }
        }
    }

    @Test("No suite of hostile clients is left out")
    func hostility() throws {
        let named = Set(try Self.rows().flatMap(\.tests).compactMap { $0.split(separator: ".").first.map(String.init) })
        let hostile = try Self.tests().keys.filter { $0.hasPrefix("Hostile") }
        #expect(hostile.count > 8)
        #expect(Set(hostile).subtracting(named) == [])
    }
}
