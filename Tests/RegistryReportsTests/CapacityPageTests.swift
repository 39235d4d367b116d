//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryReports

@Suite("The page of a storage's capacity")
struct CapacityPageTests {
    static let now = WallTime(microseconds: 1_790_000_000_000_000)

    /// A report of repositories that share nothing, each of a size.
    static func report(_ repositories: [(name: String, size: Int64)]) -> CapacityReport {
        let tree = NamespaceTree(repositories.map(\.name))
        var nodes = [CapacityFigures](repeating: CapacityFigures(), count: tree.count)
        var names = [String](repeating: "", count: tree.count)
        var isAbove = [Bool](repeating: false, count: tree.count)
        var counts = [Int](repeating: 0, count: tree.count)
        var rows: [RepositoryCapacity] = []
        for position in tree.order {
            let (name, size) = repositories[Int(position)]
            var figures = CapacityFigures()
            figures.logical = size
            figures.deduplicated = size
            figures.exclusive = size
            figures.attributed = size
            rows.append(RepositoryCapacity(name: name, figures: figures))
            var node = Int(tree.nodes[Int(position)])
            var parts = name.split(separator: "/", omittingEmptySubsequences: false)
            while true {
                names[node] = parts.joined(separator: "/")
                nodes[node].attributed += size
                nodes[node].exclusive += size
                nodes[node].deduplicated += size
                counts[node] += 1
                guard node > 0 else { break }
                node = Int(tree.parents[node])
                isAbove[node] = true
                parts.removeLast()
            }
        }
        let namespaces = nodes.indices.filter { isAbove[$0] || $0 == 0 }.map { node in
            NamespaceCapacity(
                name: names[node],
                depth: Int(tree.depths[node]),
                repositories: numericCast(counts[node]),
                figures: nodes[node]
            )
        }
        let sum = repositories.reduce(0) { $0 + $1.size }
        return CapacityReport(
            asOf: now,
            source: .accounted,
            duration: .milliseconds(1234),
            totals: CapacityTotals(logical: sum, deduplicated: sum, referenced: sum),
            filesystem: nil,
            repositories: rows,
            namespaces: namespaces
        )
    }

    private static func page(
        _ report: CapacityReport,
        growth: CapacityPage.Growth = .init(points: [], trend: nil),
        layers: [CapacityPage.SharedLayer] = [],
        scope: String? = nil
    ) -> String {
        let page = CapacityPage(
            report,
            scope: scope,
            growth: growth,
            layers: layers,
            usageSince: nil,
            version: "1.2.3"
        )
        return String(decoding: page.bytes, as: UTF8.self)
    }

    private static func count(_ part: String, in text: String) -> Int {
        text.utf8.count < part.utf8.count ? 0 : text.split(separator: part, omittingEmptySubsequences: false).count - 1
    }

    /// Names as a tree may have them, whatever clients may push.
    static let hostile = [
        "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>",
        "' onmouseover='x",
        "&lt;b&gt;", "<!--", "]]>", "a\u{202e}gpj", "\u{2028}", "a\u{0}b", "{{7*7}}", "javascript:alert(1)",
    ]

    @Test("No name from the registry becomes markup, wherever it stands")
    func hostileNames() {
        let honest = Self.page(Self.report([("a", 1)]))
        let names = Self.hostile + Self.hostile.map { "team/\($0)/x" }
        let layer = CapacityPage.SharedLayer(digest: Digest.of([1]), size: 5, repositories: 99, names: Self.hostile)
        let page = Self.page(
            Self.report(names.map { ($0, 10) }),
            layers: [layer],
            scope: Self.hostile[0]
        )
        for tag in ["<script", "</script", "<img", "<style", "<!--", "<meta"] {
            #expect(Self.count(tag, in: page) == Self.count(tag, in: honest), "\(tag)")
        }
        // Names that have none of it stand there as they are; so markup was looked for in the right place.
        #expect(page.contains("&lt;img src=x onerror=alert(1)&gt;"))
        #expect(page.contains("&quot;&gt;&lt;svg onload=alert(1)&gt;"))
        // What is in an attribute or a name cannot leave it.
        let markup = page.split(separator: "<script id=\"map-data\"")[0]
        #expect(!markup.contains("\"><svg onload") && !markup.contains("' onmouseover"))
        // Nothing turns the order of what follows it around.
        #expect(!page.unicodeScalars.contains("\u{202e}") && !page.unicodeScalars.contains("\u{0}"))
    }

    @Test("The policy in the page lets its own script and style run, and loads nothing")
    func policy() {
        let page = Self.page(Self.report([("a", 1)]))
        #expect(page.contains("default-src 'none'"))
        #expect(
            !page.contains("http://")
                || Self.count("http://", in: page) == Self.count("http://www.w3.org/2000/svg", in: page)
        )
        #expect(
            !page.contains("https://") && !page.contains("src=") && !page.contains("@import") && !page.contains("url(")
        )
        #expect(!page.contains(" style=") && !page.contains(" onclick="))
    }

    @Test("A hundred thousand repositories fit into a bounded page, which says what it leaves out")
    func bound() {
        let names = (0..<100_000).map { ("team-\($0 % 211)/group-\($0 % 7)/app-\($0)", Int64($0 * 1000)) }
        let page = Self.page(Self.report(names))
        #expect(page.utf8.count < 2_000_000)
        #expect(page.contains("The first 1,000 of 100,000 are listed"))
        #expect(page.contains("The first 300 of 1,688 are listed"))
    }

    @Test("Areas of the map add up at every namespace, whatever is left out", arguments: [5, 500, 20_000])
    func map(count: Int) {
        var generator = SeededGenerator(state: UInt64(count))
        let names = (0..<count).map { number in
            (
                "a\(number % 3)/b\(number % 90)/" + (number.isMultiple(of: 5) ? "c" : "c/d") + "\(number)",
                Int64.random(in: 0...1_000_000, using: &generator)
            )
        }
        let map = CapacityMap(Self.report(names + [("a1", 77), ("a1/b1", 5)]))
        #expect(map.nodes.count <= CapacityMap.maximumNodes)
        #expect(map.nodes[0].figures.attributed == names.reduce(82) { $0 + $1.1 })
        var sums = [Int: Int64]()
        var repositories = [Int: Int]()
        for node in map.nodes.dropFirst() {
            sums[node.parent, default: 0] += node.figures.attributed
            repositories[node.parent, default: 0] += node.repositories
        }
        #expect(sums[0] != nil)
        for (node, sum) in sums {
            #expect(map.nodes[node].figures.attributed == sum)
            #expect(map.nodes[node].repositories == repositories[node])
            #expect(map.nodes[node].kind == CapacityMap.Kind.namespace)
        }
    }

    @Test("Growth says when there is not enough data, and when the disk is full where there is")
    func growth() {
        var report = Self.report([("a", 1 << 30)])
        report.filesystem = .init(total: 100 << 30, free: 10 << 30)
        #expect(Self.page(report).contains("Not enough data: no day is recorded"))
        var growth = CapacityPage.Growth(points: [.init(day: 20_000, bytes: 1 << 30)], trend: nil)
        #expect(Self.page(report, growth: growth).contains("Not enough data for a forecast: 1 day is recorded"))
        growth.points = (0..<30).map { .init(day: 20_000 + $0, bytes: 1 << 30 + $0 << 20) }
        growth.trend = .init(slope: 0x1p30, low: 0x1p29, high: 0x1p31, confidence: 0.95)
        let text = Self.page(report, growth: growth)
        #expect(text.contains("It grows by 1.00 GiB a day (95 % interval: 512 MiB to 2.00 GiB)."))
        #expect(text.contains("full in 10 days (5 at the earliest, 20 at the latest), if nothing"))
        #expect(text.contains("<polygon class=\"interval\""))
        growth.trend = .init(slope: -1, low: -2, high: 0, confidence: 0.95)
        #expect(Self.page(report, growth: growth).contains("The disk does not fill up at this rate."))
    }

    @Test("Numbers are rounded for people, and the exact ones are kept")
    func numbers() {
        #expect(Quantity.bytes(0) == "0 B" && Quantity.bytes(1023) == "1023 B" && Quantity.bytes(1024) == "1.00 KiB")
        #expect(Quantity.bytes(1 << 40 - 1) == "1.00 TiB" && Quantity.bytes(.max) == "8.00 EiB")
        #expect(Quantity.bytes(45_600_000) == "43.5 MiB" && Quantity.bytes(-3 << 20) == "-3.00 MiB")
        #expect(
            Quantity.count(0) == "0" && Quantity.count(1_234_567) == "1,234,567" && Quantity.count(-1000) == "-1,000"
        )
        #expect(Quantity.decimals(-0.04, 1) == "0.0" && Quantity.decimals(2.5, 3) == "2.500")
        #expect(Self.page(Self.report([("a", 1_234_567)])).contains("title=\"1,234,567 bytes\""))
    }
}
