//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry

// The page from top to bottom.

extension CapacityPage {
    func write(_ page: inout HTMLText) {
        page.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        // Nothing is loaded, nothing is sent, and no script runs but this one.
        page.markup(#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; "#)
        page.markup(#"form-action 'none'; style-src 'sha256-"#)
        page.text(Self.hash(PageStyle.text))
        page.markup(#"'; script-src 'sha256-"#)
        page.text(Self.hash(PageScript.text))
        page.markup("'\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        page.markup(
            """
            <meta name="color-scheme" content="light dark">
            <meta name="referrer" content="no-referrer">
            <title>Capacity of the registry</title>
            <style>
            """
        )
        page.markup(PageStyle.text)
        page.markup("</style>\n</head>\n<body>\n")
        writeHeader(&page)
        page.markup("<main id=\"main\">\n")
        writeTotals(&page)
        writeMap(&page)
        writeGrowth(&page)
        writeRepositories(&page)
        writeNamespaces(&page)
        writeLayers(&page)
        writeStale(&page)
        page.markup("</main>\n")
        writeFooter(&page)
        page.markup("<script id=\"map-data\" type=\"application/json\">")
        page.json(CapacityMap(report).json(asOf: report.asOf.microseconds))
        page.markup("</script>\n<script>")
        page.markup(PageScript.text)
        page.markup("</script>\n</body>\n</html>\n")
    }

    /// As a policy names a script or a style that may be there.
    private static func hash(_ text: StaticString) -> String {
        var hasher = ContentHasher(.sha256)
        text.withUTF8Buffer { hasher.update(UnsafeRawBufferPointer($0)) }
        let hex = Array(hasher.digest.hex.utf8)
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap {
            UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        return Base64URL.encode(bytes)
    }

    // MARK: Head and foot

    private func writeHeader(_ page: inout HTMLText) {
        page.markup("<a class=\"skip\" href=\"#main\">To the figures</a>\n<header>\n")
        page.markup("<h1>Capacity of the registry</h1>\n<p>")
        if let scope {
            page.markup("All of it is about <bdi>")
            page.text(scope)
            page.markup("</bdi> alone. ")
        }
        page.markup("As of <time datetime=\"")
        page.text(report.asOf.secondsDescription)
        page.markup("\">")
        page.text(report.asOf.secondsDescription)
        page.markup("</time>, ")
        switch report.source {
        case .accounted: page.markup("from the books of the ledger")
        case .measured: page.markup("measured on the disk")
        }
        page.markup(", in ")
        page.text(Quantity.decimals(report.duration / .milliseconds(1) / 1000, 2))
        page.markup(" s; Plimsoll ")
        page.text(version)
        page.markup(
            """
            . Sizes are in units of 1024 bytes; the exact number is behind each.</p>
            <nav aria-label="Parts"><a href="#map">Map</a> <a href="#growth">Growth</a>
            <a href="#repositories">Repositories</a> <a href="#namespaces">Namespaces</a>
            <a href="#layers">Shared layers</a> <a href="#stale">Stale</a> <a href="#terms">Terms</a></nav>
            </header>

            """
        )
    }

    private func writeFooter(_ page: inout HTMLText) {
        page.markup("<footer>\n<h2 id=\"terms\">Terms</h2>\n<dl>\n")
        for definition in CapacityDefinition.all {
            page.markup("<dt>")
            page.text(definition.term)
            page.markup("</dt><dd>")
            page.text(definition.meaning)
            page.markup("</dd>\n")
        }
        page.markup("</dl>\n</footer>\n")
    }

    // MARK: Totals

    private func writeTotals(_ page: inout HTMLText) {
        if let scopeFigures { return writeScope(&page, scopeFigures) }
        let totals = report.totals
        page.markup("<section aria-labelledby=\"totals\">\n<h2 id=\"totals\">In sum</h2>\n<ul class=\"tiles\">\n")
        tile(&page, "on the disk", totals.physical) { page in
            page.text(Quantity.count(Int64(report.repositories.count)))
            page.markup(report.repositories.count == 1 ? " repository" : " repositories")
        }
        tile(&page, "logical", totals.logical) { page in
            guard let ratio = totals.deduplicationRatio else { return page.markup("nothing is stored") }
            page.text(Quantity.decimals(ratio, 2))
            page.markup(" times what is referenced")
        }
        tile(&page, "referenced", totals.referenced) { page in page.markup("reached by a manifest") }
        tile(&page, "unreferenced", totals.unreferenced) { page in
            page.text(Quantity.bytes(totals.reclaimable))
            page.markup(" can be reclaimed now")
        }
        if let filesystem = report.filesystem {
            tile(&page, "free on the disk", filesystem.free) { page in
                page.markup("of ")
                page.text(Quantity.bytes(filesystem.total))
                if let inodes = filesystem.inodes, inodes.total > 0 {
                    page.markup("; ")
                    page.text(Quantity.decimals(100 * Double(inodes.free) / Double(inodes.total), 0))
                    page.markup(" % of inodes")
                }
            }
        }
        page.markup("</ul>\n")
        writeStates(&page)
        page.markup("</section>\n")
    }

    private func writeScope(_ page: inout HTMLText, _ figures: CapacityFigures) {
        page.markup("<section aria-labelledby=\"totals\">\n<h2 id=\"totals\">In sum</h2>\n<ul class=\"tiles\">\n")
        tile(&page, "attributed", figures.attributed) { page in
            let referenced = report.totals.referenced
            guard referenced > 0 else { return page.markup("nothing is referenced") }
            page.text(Quantity.decimals(100 * Double(figures.attributed) / Double(referenced), 1))
            page.markup(" % of what is referenced in all")
        }
        tile(&page, "exclusive", figures.exclusive) { page in page.markup("nobody else reaches it") }
        tile(&page, "shared", figures.shared) { page in page.markup("reached from outside too") }
        tile(&page, "deduplicated", figures.deduplicated) { page in
            page.text(Quantity.count(Int64(report.repositories.count)))
            page.markup(report.repositories.count == 1 ? " repository" : " repositories")
        }
        tile(&page, "logical", figures.logical) { page in
            guard figures.deduplicated > 0 else { return page.markup("nothing is stored") }
            page.text(Quantity.decimals(Double(figures.logical) / Double(figures.deduplicated), 2))
            page.markup(" times what is deduplicated")
        }
        page.markup("</ul>\n</section>\n")
    }

    private func tile(_ page: inout HTMLText, _ name: StaticString, _ bytes: Int64, _ note: (inout HTMLText) -> Void) {
        page.markup("<li><span class=\"name\">")
        page.markup(name)
        page.markup("</span><strong title=\"")
        page.text(Quantity.count(bytes))
        page.markup(" bytes\">")
        page.text(Quantity.bytes(bytes))
        page.markup("</strong><span class=\"note\">")
        note(&page)
        page.markup("</span></li>\n")
    }

    /// A bar of the states, which add up to what is on the disk.
    private func writeStates(_ page: inout HTMLText) {
        let states: [(name: StaticString, style: StaticString, bytes: Int64?)] = [
            ("referenced", "s0", report.totals.referenced), ("unreferenced", "s1", report.totals.unreferenced),
            ("uploading", "s2", report.totals.uploading), ("orphan", "s3", report.totals.orphan),
        ]
        let sum = max(report.totals.physical, 1)
        page.markup("<svg class=\"states\" viewBox=\"0 0 1000 18\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
        var start = 0.0
        for state in states {
            let width = 1000 * Double(state.bytes ?? 0) / Double(sum)
            page.markup("<rect height=\"18\" class=\"")
            page.markup(state.style)
            page.markup("\" x=\"")
            page.coordinate(start)
            page.markup("\" width=\"")
            page.coordinate(width)
            page.markup("\"/>")
            start += width
        }
        page.markup("</svg>\n<ul class=\"legend\">\n")
        for state in states {
            page.markup("<li><span class=\"key ")
            page.markup(state.style)
            page.markup("\"></span>")
            page.markup(state.name)
            page.markup(": ")
            guard let bytes = state.bytes else {
                page.markup("not measured</li>\n")
                continue
            }
            page.text(Quantity.bytes(bytes))
            page.markup("</li>\n")
        }
        page.markup("</ul>\n")
    }

    // MARK: Map and growth

    private func writeMap(_ page: inout HTMLText) {
        page.markup(
            """
            <section aria-labelledby="map">
            <h2 id="map">Map of namespaces</h2>
            <p>Areas are attributed bytes, which add up to what is referenced. Choose a namespace to go into it.</p>
            <nav id="map-path" aria-label="Way to the namespace"></nav>
            <svg id="map-drawing" role="group" aria-label="Map of namespaces by attributed bytes"></svg>
            <p id="map-told" aria-live="polite"></p>
            <ul class="legend">
            <li><span class="key p0"></span>pulled in the last 7 days</li>
            <li><span class="key p1"></span>30 days</li>
            <li><span class="key p2"></span>90 days</li>
            <li><span class="key p3"></span>longer ago</li>
            <li><span class="key p4"></span>no pull known</li>
            <li><span class="key p5"></span>small ones together</li>
            </ul>
            <noscript><p>The map needs a script, which this viewer does not run. The tables have the same
            figures.</p></noscript>
            </section>

            """
        )
    }

    private func writeGrowth(_ page: inout HTMLText) {
        page.markup("<section aria-labelledby=\"growth\">\n<h2 id=\"growth\">Growth</h2>\n")
        defer { page.markup("</section>\n") }
        guard let last = growth.points.last else {
            return page.markup("<p>Not enough data: no day is recorded yet. The server records one each day.</p>\n")
        }
        page.markup("<p id=\"growth-told\">")
        if let trend = growth.trend {
            page.markup("It grows by ")
            rate(&page, trend.slope)
            page.markup(" a day (")
            page.text(Quantity.decimals(100 * trend.confidence, 0))
            page.markup(" % interval: ")
            rate(&page, trend.low)
            page.markup(" to ")
            rate(&page, trend.high)
            page.markup("). ")
            writeEnd(&page, trend)
        } else {
            page.markup("Not enough data for a forecast: ")
            page.number(growth.points.count)
            page.markup(growth.points.count == 1 ? " day is" : " days are")
            page.markup(" recorded so far. The last one has ")
            page.text(Quantity.bytes(last.bytes))
            page.markup(".")
        }
        page.markup("</p>\n<figure>")
        if scope == nil {
            GrowthChart(growth: growth, total: report.filesystem?.total, title: "Bytes on the disk by day").write(&page)
            page.markup("<figcaption>Line: bytes on the disk by day")
        } else {
            GrowthChart(growth: growth, total: nil, title: "Deduplicated bytes by day").write(&page)
            page.markup(
                "<figcaption>Line: deduplicated bytes of its repositories by day; what they share counts in each"
            )
        }
        if growth.trend != nil { page.markup("; broken line: the trend (Theil–Sen); area: its interval") }
        page.markup(".</figcaption></figure>\n")
    }

    private func rate(_ page: inout HTMLText, _ bytesPerDay: Double) {
        let bounded = min(max(bytesPerDay, -9e18), 9e18)
        page.text(Quantity.bytes(Int64(bounded.rounded())))
    }

    /// When the disk is full.
    private func writeEnd(_ page: inout HTMLText, _ trend: Growth.Trend) {
        // What fills the disk is all of the storage.
        guard scope == nil, let free = report.filesystem?.free else { return }
        func days(_ slope: Double) -> Int64? { slope > 0 ? Int64(min(Double(free) / slope, 1e6)) : nil }
        guard let expected = days(trend.slope) else { return page.markup("The disk does not fill up at this rate.") }
        page.markup("At this rate the disk is full in ")
        page.text(Quantity.count(expected))
        page.markup(" days")
        if let soonest = days(trend.high) {
            page.markup(" (")
            page.text(Quantity.count(soonest))
            page.markup(" at the earliest, ")
            if let latest = days(trend.low) {
                page.text(Quantity.count(latest))
                page.markup(" at the latest)")
            } else {
                page.markup("or never)")
            }
        }
        page.markup(", if nothing else writes to it.")
    }
}
