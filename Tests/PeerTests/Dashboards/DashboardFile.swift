//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

/// A dashboard as it is shipped.
struct DashboardFile: Sendable, CustomTestStringConvertible {
    let name: String
    let json: JSONValue

    var testDescription: String { name }

    static var folder: String { ProjectFolder.path + "/dashboards" }

    static func all() throws -> [DashboardFile] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted().map {
            name in
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            return DashboardFile(name: name, json: try JSONValue(bytes: Array(data)))
        }
    }

    var panels: [JSONValue] { json["panels"]?.array ?? [] }

    /// Something that a panel asks.
    struct Target {
        let panel: String
        let text: String
        /// Asked once for the time shown, and not at each of its moments.
        let isInstant: Bool
        let hasExemplars: Bool

        init(_ target: JSONValue, of panel: JSONValue) {
            self.panel = panel["title"]?.string ?? ""
            self.text = target["expr"]?.string ?? ""
            self.isInstant = target["instant"] == .bool(true) && target["range"] == .bool(false)
            self.hasExemplars = target["exemplar"] == .bool(true)
        }
    }

    /// Every expression, with the panel that it belongs to.
    var expressions: [Target] {
        panels.flatMap { panel in (panel["targets"]?.array ?? []).map { Target($0, of: panel) } }
    }

    /// An expression as Grafana would send it, with "All" chosen: the values that its variables list.
    static func filledIn(_ expression: String, jobs: [String], instances: [String]) -> String {
        func pattern(_ values: [String]) -> String {
            let escaped = values.map { $0.replacing("\\", with: "\\\\").replacing(".", with: "\\\\.") }
            return escaped.count == 1 ? escaped[0] : "(" + escaped.joined(separator: "|") + ")"
        }
        return expression.replacing("$__rate_interval", with: "1m").replacing("$__range", with: "3h")
            .replacing("$job", with: pattern(jobs)).replacing("$instance", with: pattern(instances))
    }
}
