//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A straight line through points of which some may be far off: the Theil–Sen estimator (Sen 1968).
///
/// The slope is the median of those between all pairs of points; the interval of 95 % is the one of Kendall's rank
/// correlation, which supposes nothing of how errors are spread.
package struct Trend: Sendable, Equatable {
    /// By a unit of x.
    package let slope: Double
    /// The slopes between which the true one is, nineteen times out of twenty.
    package let interval: ClosedRange<Double>
    package let points: Int

    /// Fewer tell nothing.
    package static let minimumPoints = 7
    /// Of more, as many are taken, evenly: pairs grow with the square.
    private static let maximumPoints = 400

    /// - Parameter points: in rising order of x; nil for too few.
    package init?(_ points: [(x: Double, y: Double)]) {
        guard points.count >= Self.minimumPoints else { return nil }
        var taken = points
        if points.count > Self.maximumPoints {
            let step = Double(points.count - 1) / Double(Self.maximumPoints - 1)
            taken = (0..<Self.maximumPoints).map { points[Int((Double($0) * step).rounded())] }
        }
        var slopes: [Double] = []
        slopes.reserveCapacity(taken.count * (taken.count - 1) / 2)
        for first in taken.indices {
            for second in taken.index(after: first)..<taken.endIndex where taken[second].x > taken[first].x {
                slopes.append((taken[second].y - taken[first].y) / (taken[second].x - taken[first].x))
            }
        }
        guard !slopes.isEmpty else { return nil }
        slopes.sort()
        let middle = slopes.count / 2
        slope = slopes.count.isMultiple(of: 2) ? (slopes[middle - 1] + slopes[middle]) / 2 : slopes[middle]
        let count = Double(taken.count)
        let spread = 1.96 * (count * (count - 1) * (2 * count + 5) / 18).squareRoot()
        let lower = Int(((Double(slopes.count) - spread) / 2).rounded(.down))
        let upper = Int(((Double(slopes.count) + spread) / 2).rounded(.up))
        interval = slopes[min(max(lower, 0), middle)]...slopes[max(min(upper, slopes.count - 1), middle)]
        self.points = points.count
    }

    /// How long until something that is left is used up; nil where it never is.
    package func time(toUse left: Double, at slope: Double) -> Double? { slope > 0 ? left / slope : nil }
}
