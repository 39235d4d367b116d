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

    /// Every expression, with the panel that it belongs to.
    var expressions: [(panel: String, text: String)] {
        panels.flatMap { panel in
            (panel["targets"]?.array ?? []).map { (panel["title"]?.string ?? "", $0["expr"]?.string ?? "") }
        }
    }

    /// An expression as Grafana would send it, for all jobs and instances.
    static func filledIn(_ expression: String) -> String {
        expression.replacing("$__rate_interval", with: "1m").replacing("$job", with: ".+")
            .replacing("$instance", with: ".+")
    }
}
