//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

/// A Prometheus of the test's own, with the recording rules and alerts that are shipped.
struct RulesPrometheus {
    let port: Int

    /// - Parameter usage: the targets that have `/metrics/usage`.
    static func with(
        scraping targets: [Int],
        usage: [Int] = [],
        _ body: (RulesPrometheus) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let rules = ProjectFolder.path + "/config/prometheus"
        func addresses(_ ports: [Int]) -> String { ports.map { "\"127.0.0.1:\($0)\"" }.joined(separator: ", ") }
        let yaml = """
            global: {scrape_interval: 1s, evaluation_interval: 1s}
            rule_files: ["\(rules)/recording.rules.yml", "\(rules)/alerts.rules.yml"]
            scrape_configs:
              - job_name: plimsoll
                static_configs: [{targets: [\(addresses(targets))]}]
              - job_name: plimsoll-usage
                metrics_path: /metrics/usage
                static_configs: [{targets: [\(addresses(usage))]}]
                metric_relabel_configs: [{target_label: job, replacement: plimsoll}]
            """
        try folder.write(Array(yaml.utf8), to: "prometheus.yml")
        let process = try ChildProcess(
            "prometheus",
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:0",
            ]
        )
        let result: Result<Void, any Error>
        do {
            let mark = "msg=\"Listening on\" address=127.0.0.1:"
            let line = await process.errors.line { $0.contains(mark) }
            guard let port = line?.split(separator: ":").last.flatMap({ Int($0) }) else {
                throw ProcessNotStarted(description: "prometheus: \(process.errors.lines)")
            }
            result = .success(try await body(RulesPrometheus(port: port)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        try result.get()
    }

    /// Asks the API.
    /// - Returns: the data of the answer, or what is wrong with the question.
    func ask(_ path: String, _ parameters: [(String, String)] = []) async throws -> (data: JSONValue?, error: String?) {
        // Long answers come in chunks, which curl puts together.
        let words = parameters.flatMap { ["--data-urlencode", "\($0.0)=\($0.1)"] }
        let url = "http://127.0.0.1:\(port)/api/v1/\(path)"
        let result = try await Tool.run("curl", ["--silent", "--show-error", "--get"] + words + [url])
        // It listens before it is ready, and then answers in plain words.
        guard result.output.hasPrefix("{") else { return (nil, result.output + result.errors) }
        let answer = try JSONValue(text: result.output)
        return answer["status"]?.string == "success"
            ? (answer["data"], nil) : (nil, answer["error"]?.string ?? result.output)
    }

    /// Whether any series was found that a selector fits.
    func has(_ selector: String) async throws -> Bool {
        try await ask("series", [("match[]", selector)]).data?.array.isEmpty == false
    }

    /// The values of a label of a metric, as Grafana lists them to choose from.
    func values(of label: String, in metric: String) async throws -> [String] {
        let values = try await ask("label/\(label)/values", [("match[]", metric)]).data?.array ?? []
        return values.compactMap(\.string).sorted()
    }

    /// The expressions of all rules, as Prometheus has read them, by rule.
    func rules() async throws -> [(name: String, expression: String)] {
        let groups = try await ask("rules").data?["groups"]?.array ?? []
        return groups.flatMap { $0["rules"]?.array ?? [] }.map { ($0["name"]?.string ?? "", $0["query"]?.string ?? "") }
    }
}
