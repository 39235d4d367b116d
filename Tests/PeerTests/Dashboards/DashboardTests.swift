//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// The rules of Grafana's dashboard-linter, and what we ask beyond them.
@Suite("Dashboards")
struct DashboardTests {
    private static let selector = #"{job=~"$job", instance=~"$instance""#

    @Test("There are nine")
    func names() throws {
        let names = try DashboardFile.all().map(\.name)
        #expect(
            names == [
                "access.json", "clients.json", "log.json", "maintenance.json", "notifications.json", "overview.json",
                "repositories.json", "requests.json", "storage.json",
            ]
        )
    }

    @Test("They and their README are what the script makes", .timeLimit(.minutes(1)))
    func generated() async throws {
        let folder = try TemporaryFolder()
        let script = DashboardFile.folder + "/generate.py"
        // Without a folder of compiled modules beside the source.
        try await Tool.output("python3", ["-B", script, folder.path])
        let made = try folder.files()
        #expect(made.count == 10)
        for (name, bytes) in made {
            let committed = try Data(contentsOf: URL(fileURLWithPath: DashboardFile.folder + "/" + name))
            #expect(Array(committed) == bytes, "\(name): run python3 dashboards/generate.py")
        }
    }

    @Test("A dashboard is not editable, and lets one choose data source, jobs and instances")
    func variables() throws {
        for file in try DashboardFile.all() {
            #expect(file.json["editable"] == .bool(false))
            #expect(file.json["title"]?.string?.isEmpty == false)
            #expect(file.json["uid"]?.string?.hasPrefix("plimsoll-") == true)
            let variables = file.json["templating"]?["list"]?.array ?? []
            #expect(variables.map { $0["name"]?.string } == ["datasource", "job", "instance"])
            #expect(variables.map { $0["label"]?.string } == ["Data source", "Job", "Instance"])
            #expect(variables.first?["type"]?.string == "datasource")
            for variable in variables.dropFirst() {
                #expect(variable["datasource"]?["uid"]?.string == "${datasource}")
                #expect(variable["refresh"]?.int == 2)
                #expect(variable["multi"] == .bool(true))
                #expect(variable["allValue"]?.string == ".+")
            }
        }
    }

    @Test("A panel has a title of its own, a description, a unit and a place")
    func panels() throws {
        for file in try DashboardFile.all() {
            #expect(file.panels.count >= 8)
            let titles = file.panels.compactMap { $0["title"]?.string }
            #expect(Set(titles).count == file.panels.count, "\(file.name)")
            #expect(Set(file.panels.compactMap { $0["id"]?.int }).count == file.panels.count)
            for panel in file.panels {
                let name = "\(file.name): \(panel["title"]?.string ?? "")"
                #expect(
                    panel["description"]?.string?.hasSuffix(".") == true
                        || panel["description"]?.string?.hasSuffix("?") == true,
                    "\(name)"
                )
                #expect(panel["fieldConfig"]?["defaults"]?["unit"]?.string?.isEmpty == false, "\(name)")
                #expect(panel["datasource"]?["uid"]?.string == "${datasource}", "\(name)")
                #expect(panel["targets"]?.array.isEmpty == false, "\(name)")
            }
            expectNoOverlap(file)
        }
    }

    private func expectNoOverlap(_ file: DashboardFile) {
        var taken: Set<[Int]> = []
        for place in file.panels.compactMap({ $0["gridPos"] }) {
            guard let x = place["x"]?.int, let y = place["y"]?.int, let w = place["w"]?.int, let h = place["h"]?.int
            else {
                Issue.record("\(file.name): a panel without a place")
                continue
            }
            #expect(x + w <= 24)
            for row in y..<(y + h) { for column in x..<(x + w) { #expect(taken.insert([row, column]).inserted) } }
        }
    }

    @Test("An expression asks for the servers chosen, and takes the rate of counters over the chosen interval")
    func expressions() throws {
        for file in try DashboardFile.all() {
            for (panel, text) in file.expressions {
                let name = "\(file.name): \(panel): \(text)"
                let selectors = Expression(text: text).selectors
                #expect(!selectors.isEmpty, "\(name)")
                for selector in selectors {
                    #expect(selector.matchers.hasPrefix(Self.selector), "\(name)")
                    let isCounter = ["_total", "_bucket", "_count", "_sum"].contains { selector.metric.hasSuffix($0) }
                    // Distribution's name of a gauge.
                    guard isCounter, selector.metric != "registry_notifications_pending_total" else { continue }
                    let whole = selector.metric + selector.matchers
                    let isRated =
                        text.contains("rate(\(whole)[$__rate_interval])")
                        || text.contains("increase(\(whole)[$__rate_interval])")
                    #expect(isRated, "\(name)")
                }
                #expect(text.matches(of: /\[[0-9]+[smhd]\]/).isEmpty || text.hasPrefix("predict_linear("), "\(name)")
            }
        }
    }
}
