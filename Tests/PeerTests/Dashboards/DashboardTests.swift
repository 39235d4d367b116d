//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// The rules of Grafana's dashboard-linter, and what we ask beyond them.
@Suite("Dashboards", .timeLimit(.minutes(10)))
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

    @Test("They and their README are what the script makes", .timeLimit(.minutes(5)))
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
                // With a pattern of its own "All" would take in whatever else is scraped, of which `up` tells too.
                #expect(variable["allValue"] == nil)
                #expect(variable["definition"]?.string?.hasPrefix("label_values(registry_build_info") == true)
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

    @Test("A number that tells of the whole time shown is not the last of many")
    func stats() throws {
        for file in try DashboardFile.all() {
            let stats = file.panels.filter { $0["type"]?.string == "stat" }.compactMap { $0["title"]?.string }
            for target in file.expressions where stats.contains(target.panel) && target.text.contains("increase(") {
                #expect(target.isInstant, "\(file.name): \(target.panel)")
            }
        }
    }

    @Test("What servers tell of one storage, or of one time, is not added up")
    func sums() throws {
        let shared = [
            "registry_repositories", "registry_manifests", "registry_tags", "registry_blobs",
            "registry_storage_physical_bytes", "registry_storage_logical_bytes", "registry_storage_capacity_bytes",
            "registry_storage_free_bytes", "registry_storage_inodes", "registry_storage_free_inodes",
            "registry_collection_reclaimable_bytes", "registry_collection_trash_bytes",
            "registry_collection_planned_blobs", "registry_collection_swept_blobs",
            "registry_repository_deduplicated_bytes", "registry_repository_exclusive_bytes",
        ]
        let suffixes = ["_timestamp_seconds", "_permille", "_ratio", "_interval_seconds", "_age_seconds"]
        var count = 0
        for file in try DashboardFile.all() {
            for target in file.expressions {
                let metrics = Expression(text: target.text).selectors.map(\.metric)
                let isOfOne = metrics.contains { metric in
                    shared.contains(metric) || suffixes.contains { metric.hasSuffix($0) }
                }
                guard isOfOne else { continue }
                count += 1
                for sum in target.text.matches(of: /\bsum(?: by \(([^)]*)\))? \(|\bsum\(/) {
                    let isByInstance = sum.1?.contains("instance") == true
                    #expect(isByInstance, "\(file.name): \(target.panel): \(target.text)")
                }
            }
        }
        #expect(count >= 20)
    }

    @Test("Exemplars are asked for where the metric has them, and nowhere else")
    func exemplars() throws {
        let manual = try String(contentsOfFile: ProjectFolder.path + "/docs/metrics.md", encoding: .utf8)
        let rows = manual.split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false) }
        let having = Set(
            rows.filter { $0.count == 9 && $0[7].contains("exemplars") }
                .map { $0[1].trimmingCharacters(in: ["`", " "]) }
        )
        #expect(having.count >= 8)
        for file in try DashboardFile.all() {
            for target in file.expressions {
                let buckets = Expression(text: target.text).selectors.filter { $0.metric.hasSuffix("_bucket") }
                let expected = buckets.contains { having.contains($0.family) }
                #expect(target.hasExemplars == expected, "\(file.name): \(target.panel)")
            }
        }
    }

    @Test("An expression asks for the servers chosen, and takes the rate of counters over the chosen interval")
    func expressions() throws {
        for file in try DashboardFile.all() {
            for target in file.expressions {
                let text = target.text
                let name = "\(file.name): \(target.panel): \(text)"
                let selectors = Expression(text: text).selectors
                #expect(!selectors.isEmpty, "\(name)")
                for selector in selectors {
                    #expect(selector.matchers.hasPrefix(Self.selector), "\(name)")
                    let isCounter = ["_total", "_bucket", "_count", "_sum"].contains { selector.metric.hasSuffix($0) }
                    // Distribution's name of a gauge.
                    guard isCounter, selector.metric != "registry_notifications_pending_total" else { continue }
                    let whole = selector.metric + selector.matchers
                    // One number for the time shown is asked for once; at each moment it would tell of the last minute.
                    let range = target.isInstant ? "$__range" : "$__rate_interval"
                    let isRated =
                        text.contains("rate(\(whole)[\(range)])") || text.contains("increase(\(whole)[\(range)])")
                    #expect(isRated, "\(name)")
                }
                #expect(!target.isInstant || text.contains("[$__range]"), "\(name)")
                #expect(text.matches(of: /\[[0-9]+[smhd]\]/).isEmpty || text.hasPrefix("predict_linear("), "\(name)")
            }
        }
    }
}
