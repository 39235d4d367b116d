//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("Recording rules and alerts", .timeLimit(.minutes(15)))
struct AlertTests {
    private static let folder = ProjectFolder.path + "/config/prometheus"
    private static let rules = ["recording", "alerts"].map { "\(folder)/\($0).rules.yml" }

    private func alerts() throws -> [String] {
        try String(contentsOfFile: Self.rules[1], encoding: .utf8).matches(of: #/- alert: (\w+)/#).map { String($0.1) }
    }

    private func names(in folder: String, _ suffix: String) throws -> Set<String> {
        Set(
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }
                .map { String($0.dropLast(suffix.count)) }
        )
    }

    @Test("promtool finds nothing wrong with the rules")
    func check() async throws {
        let result = try await Tool.run("promtool", ["check", "rules", "--lint-fatal"] + Self.rules)
        #expect(result.succeeded, "\(result)")
    }

    /// Another registry has metrics of the same names.
    @Test("Rules ask for servers of the job plimsoll alone")
    func job() throws {
        for file in Self.rules {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            var count = 0
            let rules = text.split(separator: #/- (?:alert|record): /#).dropFirst()
            for rule in rules {
                let expression = rule.split(separator: /\n +(?:labels|annotations|for):/).first ?? ""
                let own = Expression(text: String(expression)).selectors.filter { !$0.metric.contains(":") }
                count += own.count
                for selector in own {
                    let isOurs = selector.matchers.hasPrefix(#"{job="plimsoll""#)
                    #expect(isOurs, "\(rule.prefix { $0 != "\n" }): \(selector)")
                }
            }
            #expect(count >= 40, "\(file)")
        }
    }

    /// Prometheus looks 5 minutes back for a sample, so that one that comes as seldom has gaps, and `for` begins anew.
    @Test("What is recorded is recorded more than twice within the time that Prometheus looks back")
    func intervals() throws {
        let text = try String(contentsOfFile: Self.rules[0], encoding: .utf8)
        let intervals = text.matches(of: /\n +interval: (\d+)([sm])\n/).map { (Int($0.1) ?? .max, $0.2) }
        #expect(intervals.count >= 5)
        for (number, unit) in intervals { #expect(unit == "s" ? number <= 120 : number <= 2) }
    }

    @Test("The example for scraping is a configuration that Prometheus accepts")
    func scrape() async throws {
        let result = try await Tool.run("promtool", ["check", "config", Self.folder + "/scrape.yml"])
        #expect(result.succeeded, "\(result)")
        // With the part that is commented out.
        let folder = try TemporaryFolder()
        let text = try String(contentsOfFile: Self.folder + "/scrape.yml", encoding: .utf8)
        let whole = text.replacing("\n  # - job", with: "\n  - job").replacing("\n  #   ", with: "\n    ")
        #expect(whole.contains("\n    metrics_path: /metrics/usage\n"))
        let rules = whole.replacing(/\n  - (recording|alerts)\./) { "\n  - \(Self.folder)/\($0.1)." }
        try folder.write(Array(rules.utf8), to: "scrape.yml")
        let other = try await Tool.run("promtool", ["check", "config", folder.path + "/scrape.yml"])
        #expect(other.succeeded, "\(other)")
    }

    @Test("Every alert fires when it should, and does not when it should not")
    func tests() async throws {
        let files = try names(in: Self.folder + "/tests", ".yml").sorted().map { "\(Self.folder)/tests/\($0).yml" }
        let result = try await Tool.run("promtool", ["test", "rules"] + files)
        #expect(result.succeeded, "\(result)")
        for file in files {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let name = String(file.split(separator: "/").last?.dropLast(4) ?? "")
            let firing = try Regex("alertname: \(name)\n").anchorsMatchLineEndings()
            #expect(text.matches(of: firing).count >= 2, "\(file)")
            #expect(text.contains("exp_labels:") && text.contains("exp_alerts: []"), "\(file)")
        }
    }

    @Test("Every alert has a test, a runbook, and annotations; and no runbook is left over")
    func complete() throws {
        let alerts = try alerts()
        #expect(alerts.count >= 20)
        #expect(try names(in: Self.folder + "/tests", ".yml") == Set(alerts))
        #expect(try names(in: ProjectFolder.path + "/docs/runbooks", ".md") == Set(alerts))
        let text = try String(contentsOfFile: Self.rules[1], encoding: .utf8)
        for (name, block) in zip(alerts, text.components(separatedBy: "- alert: ").dropFirst()) {
            #expect(block.contains(/severity: (critical|warning|info)\n/), "\(name)")
            #expect(block.contains("summary: ") && block.contains("description: "), "\(name)")
            #expect(block.contains("/runbooks/\(name).md"), "\(name)")
        }
    }

    @Test("Every runbook says how urgent its alert is, and how long it waits, as the rule has it")
    func urgency() throws {
        let text = try String(contentsOfFile: Self.rules[1], encoding: .utf8)
        for (name, block) in zip(try alerts(), text.components(separatedBy: "- alert: ").dropFirst()) {
            let runbook = try String(contentsOfFile: "\(ProjectFolder.path)/docs/runbooks/\(name).md", encoding: .utf8)
            let header = runbook.split(separator: "\n").dropFirst().first ?? ""
            let severity = block.firstMatch(of: /severity: (\w+)\n/)?.1 ?? ""
            // Of an alert with several rules, one part for each.
            let parts = header.components(separatedBy: "; ")
            let part = try #require(parts.first { $0.hasPrefix("**\(severity)**") }, "\(name): \(header)")
            let told = part.firstMatch(of: /, after (\w+)/)?.1
            #expect(told == block.firstMatch(of: /\n +for: (\w+)\n/)?.1, "\(name): \(header)")
        }
    }

    @Test("Every runbook says what it means, how to look and what to do")
    func parts() throws {
        for name in try alerts() {
            let runbook = try String(contentsOfFile: "\(ProjectFolder.path)/docs/runbooks/\(name).md", encoding: .utf8)
            #expect(runbook.hasPrefix("# \(name)\n"))
            for part in ["## What it means", "## How to look", "## What to do"] {
                #expect(runbook.contains(part), "\(name)")
            }
        }
    }
}
