//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// What an export has, as its `manifest.json` tells; the last of its files to be there.
package struct ExportManifest: Sendable, Equatable {
    package var name: String
    /// The moment whose changes are all in every file.
    package var takenAt: WallTime
    /// What wrote it.
    package var version: String
    package var totals: CapacityTotals
    package var files: [File]

    /// Of the members of the manifest, and of the columns of the files.
    static let schemaVersion: Int64 = 1
    static let fileName = "manifest.json"

    package struct File: Sendable, Equatable {
        package var name: String
        package var table: String
        package var format: ExportFormat
        package var columns: [String]
        package var rows: Int64
        /// As it is, compressed.
        package var size: Int64
        /// Of what it is, compressed, in hexadecimal digits.
        package var sha256: String

        /// The type of it as a layer of an artifact.
        var mediaType: String { "application/vnd.plimsoll.report.v1.\(format.rawValue)+gzip" }
    }

    package var json: JSONText {
        .object([
            ("schema_version", .number(Self.schemaVersion)), ("name", .string(name)),
            ("taken_at", .string(takenAt.description)), ("consistency", .string("snapshot")),
            ("source", .string(CapacityReport.Source.accounted.rawValue)), ("tool", .string("plimsoll")),
            ("tool_version", .string(version)),
            (
                "totals",
                .object([
                    ("logical", .number(totals.logical)), ("deduplicated", .number(totals.deduplicated)),
                    ("referenced", .number(totals.referenced)), ("unreferenced", .number(totals.unreferenced)),
                    ("reclaimable", .number(totals.reclaimable)),
                ])
            ),
            ("files", .array(files.map(\.json))),
        ])
    }

    var bytes: [UInt8] { Array((json.text + "\n").utf8) }
}

extension ExportManifest.File {
    fileprivate var json: JSONText {
        .object([
            ("name", .string(name)), ("table", .string(table)), ("format", .string(format.rawValue)),
            ("rows", .number(rows)), ("size", .number(size)), ("sha256", .string(sha256)),
            ("columns", .array(columns.map(JSONText.string))),
        ])
    }
}
