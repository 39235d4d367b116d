//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// What a page about a storage's capacity shows: one file that needs nothing else, for a browser or a printer.
///
/// Its size has a bound, however large the storage is: of long tables it has the first rows, of the map the largest parts,
/// and says what it leaves out.
package struct CapacityPage: Sendable, Equatable {
    let report: CapacityReport
    /// The namespace, or the repository, that it is about; nil for all.
    let scope: String?
    let growth: Growth
    let layers: [SharedLayer]
    /// Since when use is known; nil where it is not.
    let usageSince: WallTime?
    let version: String

    /// - Parameters:
    ///   - layers: those that several repositories reach, the first ones first.
    ///   - version: of the program.
    package init(
        _ report: CapacityReport,
        scope: String? = nil,
        growth: Growth,
        layers: [SharedLayer],
        usageSince: WallTime?,
        version: String
    ) {
        self.report = report
        self.scope = scope
        self.growth = growth
        self.layers = Array(layers.prefix(Self.layerRows))
        self.usageSince = usageSince
        self.version = version
    }

    /// What is kept in the scope; nil without one.
    var scopeFigures: CapacityFigures? {
        guard let scope else { return nil }
        return report.namespaces.first { $0.name == scope }?.figures
            ?? report.repositories.first { $0.name == scope }?.figures ?? CapacityFigures()
    }

    /// Bytes day by day, and where they lead: on the disk, or deduplicated of each repository in the scope.
    package struct Growth: Sendable, Equatable {
        /// In the order of the days.
        package var points: [Point]
        /// Nil where there are not enough days.
        package var trend: Trend?

        package init(points: [Point], trend: Trend?) {
            self.points = points
            self.trend = trend
        }

        package struct Point: Sendable, Equatable {
            /// Days since 1970, in UTC.
            package var day: Int64
            package var bytes: Int64

            package init(day: Int64, bytes: Int64) {
                self.day = day
                self.bytes = bytes
            }
        }

        /// Bytes a day, and the bounds of an interval around them.
        package struct Trend: Sendable, Equatable {
            package var slope: Double
            package var low: Double
            package var high: Double
            /// Of the interval: 0.95.
            package var confidence: Double

            package init(slope: Double, low: Double, high: Double, confidence: Double) {
                self.slope = slope
                self.low = low
                self.high = high
                self.confidence = confidence
            }
        }
    }

    /// Content that several repositories reach.
    package struct SharedLayer: Sendable, Equatable {
        package var digest: Digest
        /// In bytes.
        package var size: Int64
        /// How many repositories reach it.
        package var repositories: Int64
        /// Some of them; with a scope, of those outside.
        package var names: [String]
        /// Those in the scope; nil without one.
        package var inside: Inside?

        package init(digest: Digest, size: Int64, repositories: Int64, names: [String], inside: Inside? = nil) {
            self.digest = digest
            self.size = size
            self.repositories = repositories
            self.names = names
            self.inside = inside
        }

        /// Repositories of the scope.
        package struct Inside: Sendable, Equatable {
            package var count: Int64
            /// Some of them.
            package var names: [String]

            package init(count: Int64, names: [String]) {
                self.count = count
                self.names = names
            }
        }

        /// Bytes that are saved by having it once.
        var saved: Int64 { size.multipliedReportingOverflow(by: max(repositories - 1, 0)).partialValue }
    }

    // MARK: Bounds

    static let repositoryRows = 1000
    static let namespaceRows = 300
    static let staleRows = 300
    package static let layerRows = 50
    /// Of repositories that share a layer.
    package static let layerNames = 8
    /// Without a pull for so long, a repository counts as stale.
    static let staleDays: Int64 = 90

    static let day: Int64 = 86_400_000_000

    /// Repositories that nobody has pulled for long, those first of which most would be freed.
    var stale: [RepositoryCapacity] {
        let bound = report.asOf.microseconds - Self.staleDays * Self.day
        return report.repositories
            .filter { $0.figures.lastPull.map { $0.microseconds < bound } ?? true }
            .sorted { ($0.figures.exclusive, $1.name) > ($1.figures.exclusive, $0.name) }
    }

    /// Whether use is known for long enough to call something stale.
    var knowsStale: Bool {
        usageSince.map { report.asOf.microseconds - $0.microseconds >= Self.staleDays * Self.day } ?? false
    }

    /// The page, in UTF-8.
    package var bytes: [UInt8] {
        var page = HTMLText()
        write(&page)
        return page.bytes
    }
}
