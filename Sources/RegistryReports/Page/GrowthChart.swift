//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Bytes by day as a drawing, with the trend prolonged and its interval around it.
struct GrowthChart {
    let growth: CapacityPage.Growth
    /// Of the file system, in bytes; nil where there is none.
    let total: Int64?
    let title: StaticString

    private static let width = 960.0
    private static let height = 300.0
    private static let left = 76.0
    private static let right = 16.0
    private static let top = 14.0
    private static let bottom = 30.0

    private struct Scale {
        var firstDay: Double
        var lastDay: Double
        var highest: Double

        func x(_ day: Double) -> Double {
            left + (day - firstDay) / max(lastDay - firstDay, 1) * (width - left - right)
        }

        func y(_ bytes: Double) -> Double {
            let bounded = min(max(bytes, 0), highest)
            return height - bottom - bounded / max(highest, 1) * (height - top - bottom)
        }
    }

    /// Days ahead that the trend is shown for: as long again as is known, and 30 to 180.
    private var horizon: Int64 {
        guard let first = growth.points.first, let last = growth.points.last, growth.trend != nil else { return 0 }
        return min(max(last.day - first.day, 30), 180)
    }

    func write(_ page: inout HTMLText) {
        guard let first = growth.points.first, let last = growth.points.last else { return }
        let end = Double(last.day + horizon)
        var highest = Double(growth.points.map(\.bytes).max() ?? 0)
        if let trend = growth.trend { highest = max(highest, Double(last.bytes) + trend.high * Double(horizon)) }
        // The bound of the disk is drawn where it does not press all else down to nothing.
        let bound = total.map(Double.init).flatMap { $0 <= highest * 3 ? $0 : nil }
        highest = max(highest, bound ?? 0) * 1.05
        let scale = Scale(firstDay: Double(first.day), lastDay: max(end, Double(first.day) + 1), highest: highest)
        page.markup(#"<svg class="chart" viewBox="0 0 960 300" role="img" aria-labelledby="growth-title">"#)
        page.markup(#"<title id="growth-title">"#)
        page.markup(title)
        page.markup("</title>")
        axes(&page, scale)
        if let trend = growth.trend { forecast(&page, scale, last, trend) }
        if let bound {
            page.markup(#"<line class="bound" x1="76" x2="944" y1=""#)
            page.coordinate(scale.y(bound))
            page.markup(#"" y2=""#)
            page.coordinate(scale.y(bound))
            page.markup(#""/><text class="tick" text-anchor="end" x="940" y=""#)
            page.coordinate(scale.y(bound) - 5)
            page.markup(#"">size of the disk</text>"#)
        }
        page.markup(#"<polyline class="known" points=""#)
        for point in growth.points { corner(&page, scale.x(Double(point.day)), scale.y(Double(point.bytes))) }
        page.markup(#""/>"#)
        if growth.points.count == 1 {
            page.markup(#"<circle class="dot" r="3" cx=""#)
            page.coordinate(scale.x(Double(first.day)))
            page.markup(#"" cy=""#)
            page.coordinate(scale.y(Double(first.bytes)))
            page.markup(#""/>"#)
        }
        page.markup("</svg>")
    }

    private func forecast(
        _ page: inout HTMLText,
        _ scale: Scale,
        _ last: CapacityPage.Growth.Point,
        _ trend: CapacityPage.Growth.Trend
    ) {
        let (day, bytes, span) = (Double(last.day), Double(last.bytes), Double(horizon))
        page.markup(#"<polygon class="interval" points=""#)
        corner(&page, scale.x(day), scale.y(bytes))
        corner(&page, scale.x(day + span), scale.y(bytes + trend.high * span))
        corner(&page, scale.x(day + span), scale.y(bytes + trend.low * span))
        page.markup(#""/><polyline class="forecast" points=""#)
        corner(&page, scale.x(day), scale.y(bytes))
        corner(&page, scale.x(day + span), scale.y(bytes + trend.slope * span))
        page.markup(#""/>"#)
    }

    private func axes(_ page: inout HTMLText, _ scale: Scale) {
        let step = Self.step(scale.highest / 4)
        var value = 0.0
        while value <= scale.highest {
            let y = scale.y(value)
            page.markup(#"<line class="grid" x1="76" x2="944" y1=""#)
            page.coordinate(y)
            page.markup(#"" y2=""#)
            page.coordinate(y)
            page.markup(#""/><text class="tick" text-anchor="end" x="70" y=""#)
            page.coordinate(y + 4)
            page.markup(#"">"#)
            page.text(Quantity.bytes(Int64(value)))
            page.markup("</text>")
            value += step
        }
        let days = scale.lastDay - scale.firstDay
        let marks = min(max(Int(days), 1), 6)
        for mark in 0...marks {
            let day = (scale.firstDay + days * Double(mark) / Double(marks)).rounded()
            page.markup(#"<text class="tick" text-anchor=""#)
            page.markup(mark == 0 ? "start" : mark == marks ? "end" : "middle")
            page.markup(#"" y="292" x=""#)
            page.coordinate(scale.x(day))
            page.markup(#"">"#)
            page.text(CapacityPage.date(Int64(day)))
            page.markup("</text>")
        }
    }

    /// A round number of bytes that is no less: 1, 2, 5, 10 … 500 of a unit.
    private static func step(_ least: Double) -> Double {
        var unit = 1.0
        while unit * 1024 <= least { unit *= 1024 }
        let steps = [1.0, 2, 5, 10, 20, 50, 100, 200, 500]
        return (steps.first { $0 * unit >= least } ?? 1024) * unit
    }

    private func corner(_ page: inout HTMLText, _ x: Double, _ y: Double) {
        page.coordinate(x)
        page.markup(",")
        page.coordinate(y)
        page.markup(" ")
    }
}

extension CapacityPage {
    /// - Parameter day: days since 1970.
    static func date(_ day: Int64) -> String { String(WallTime(microseconds: day * Self.day).description.prefix(10)) }

    static func date(_ time: WallTime) -> String { String(time.description.prefix(10)) }
}
