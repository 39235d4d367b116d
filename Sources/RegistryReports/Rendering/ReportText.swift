//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The text of a report, piece by piece: as much is in memory as is asked for at once.
package struct ReportText: Sequence, IteratorProtocol, Sendable {
    private var pieces: ArraySlice<Piece>
    private var row = 0

    enum Piece: Sendable {
        case text(String)
        /// As many texts as are counted, made one by one.
        case rows(Int, @Sendable (Int) -> String)
    }

    /// Bytes of a piece, but for the last row in it.
    private static let pieceLength = 65_536

    /// - Throws: where the format cannot show this report.
    package init(_ report: Report, _ request: ReportRequest) throws(ReportFailure) {
        let pieces: [Piece] =
            switch request.format {
            case .table: TableText(hasColour: request.hasColour, width: request.width).pieces(report)
            case .json: JSONReport.pieces(report)
            case .jsonl: JSONReport.lines(report)
            case .csv: CSVReport.pieces(try Self.table(of: report, request.table))
            case .openmetrics: OpenMetricsReport.pieces(report)
            case .focus: try CostReport.pieces(report, request.price)
            case .html: report.page.map { [.text(String(decoding: $0.bytes, as: UTF8.self))] } ?? []
            }
        self.pieces = pieces[...]
    }

    /// The table that was asked for, or the last one, which has the repositories where there are any.
    private static func table(of report: Report, _ name: String?) throws(ReportFailure) -> ReportTable {
        let names = report.tables.map(\.name).joined(separator: ", ")
        guard let name else {
            guard let table = report.tables.first(where: { $0.name == "repositories" }) ?? report.tables.first else {
                throw ReportFailure(.invalid, "there is no table in this report")
            }
            return table
        }
        guard let table = report.tables.first(where: { $0.name == name }) else {
            throw ReportFailure(.invalid, "table: there is no table \(name); there are \(names)")
        }
        return table
    }

    package mutating func next() -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < Self.pieceLength, let piece = pieces.first {
            switch piece {
            case .text(let text):
                bytes += text.utf8
                pieces.removeFirst()
            case .rows(let count, let make):
                while row < count, bytes.count < Self.pieceLength {
                    bytes += make(row).utf8
                    row += 1
                }
                if row >= count {
                    row = 0
                    pieces.removeFirst()
                }
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}
