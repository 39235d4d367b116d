//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryObservability

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Describes the metrics that a server exposes.",
        discussion: "docs/metrics.md is what `plimsoll metrics --describe` prints."
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case markdown, json
    }

    @Flag(help: "Print each metric's name, type, unit, labels and their values, buckets and meaning.")
    var describe = false

    @Option(help: "How to print them.")
    var format = Format.markdown

    func validate() throws {
        guard describe else { throw ValidationError("Nothing to do; use --describe.") }
    }

    func run() {
        switch format {
        case .markdown: print(MetricCatalogue.markdown, terminator: "")
        case .json: print(MetricCatalogue.json, terminator: "")
        }
    }
}
