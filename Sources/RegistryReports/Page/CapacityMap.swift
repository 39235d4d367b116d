//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// The namespaces and repositories of a map, each of which is above others or has an area.
///
/// A bound number of them, the largest: what is left out of a namespace is one part of it, so that areas add up.
struct CapacityMap {
    struct Node {
        /// The last part of the name; of the root the scope, if there is one; empty for what was left out.
        var name: String
        var figures: CapacityFigures
        /// Repositories in it.
        var repositories: Int
        /// Its position among the nodes; the root is its own.
        var parent: Int
        var kind: Kind
    }

    enum Kind: Int {
        case namespace = 0
        case repository = 1
        /// All that is left of its namespace.
        case rest = 2
    }

    private(set) var nodes: [Node] = []

    /// Parts of the map at most, and of one namespace.
    static let maximumNodes = 3000
    static let maximumChildren = 60

    private struct Part {
        var name: String
        var figures: CapacityFigures
        var repositories: Int
        /// Of the namespaces of the report; nil for a repository.
        var namespace: Int?
    }

    init(_ report: CapacityReport) {
        guard let root = report.namespaces.first else { return }
        var children = [[Part]](repeating: [], count: report.namespaces.count)
        var positions: [String: Int] = [:]
        positions.reserveCapacity(report.namespaces.count)
        for (position, namespace) in report.namespaces.enumerated() { positions[namespace.name] = position }
        func parent(of name: String) -> Int {
            name.utf8.lastIndex(of: UInt8(ascii: "/")).flatMap { positions[String(name[..<$0])] } ?? 0
        }
        for (position, namespace) in report.namespaces.enumerated().dropFirst() {
            children[parent(of: namespace.name)].append(
                Part(
                    name: Self.lastPart(of: namespace.name),
                    figures: namespace.figures,
                    repositories: Int(namespace.repositories),
                    namespace: position
                )
            )
        }
        for repository in report.repositories {
            // One with others below it is a part of its own namespace.
            let place = positions[repository.name] ?? parent(of: repository.name)
            let part = Part(name: Self.lastPart(of: repository.name), figures: repository.figures, repositories: 1)
            children[place].append(part)
        }
        nodes = [
            Node(
                name: root.name,
                figures: root.figures,
                repositories: Int(root.repositories),
                parent: 0,
                kind: .namespace
            )
        ]
        // The largest first, so that the bound cuts off what is small.
        var waiting: [(node: Int, namespace: Int)] = [(0, 0)]
        while let next = waiting.indices.max(by: { size(waiting[$0].node) < size(waiting[$1].node) }) {
            let (node, namespace) = waiting.remove(at: next)
            let parts = children[namespace].sorted {
                ($0.figures.attributed, $1.name) > ($1.figures.attributed, $0.name)
            }
            let kept = min(parts.count, Self.maximumChildren)
            guard nodes.count + kept < Self.maximumNodes else { continue }
            for part in parts[..<kept] {
                if let namespace = part.namespace { waiting.append((nodes.count, namespace)) }
                nodes.append(
                    Node(
                        name: part.name,
                        figures: part.figures,
                        repositories: part.repositories,
                        parent: node,
                        kind: part.namespace == nil ? .repository : .namespace
                    )
                )
            }
            if kept < parts.count { nodes.append(Self.rest(of: parts[kept...], node)) }
        }
    }

    private func size(_ node: Int) -> Int64 { nodes[node].figures.attributed }

    /// Attributed bytes add up; deduplicated and exclusive ones do not, and are not told.
    private static func rest(of parts: ArraySlice<Part>, _ parent: Int) -> Node {
        var figures = CapacityFigures()
        for part in parts { figures.attributed += part.figures.attributed }
        let repositories = parts.reduce(0) { $0 + $1.repositories }
        return Node(name: "", figures: figures, repositories: repositories, parent: parent, kind: .rest)
    }

    private static func lastPart(of name: String) -> String {
        name.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(name[name.utf8.index(after: $0)...]) } ?? name
    }

    /// For the script: a row of each node, by the names in `columns`.
    /// - Parameter time: of the report, in microseconds since 1970, from which days are counted.
    func json(asOf time: Int64) -> JSONText {
        .array(
            nodes.map { node in
                let figures = node.figures
                let days = figures.lastPull.map { max(time - $0.microseconds, 0) / CapacityPage.day }
                return .array([
                    .string(HTMLText.visible(node.name)), .number(Int64(node.parent)),
                    .number(Int64(node.kind.rawValue)),
                    .number(figures.attributed), .number(figures.deduplicated), .number(figures.exclusive),
                    .number(Int64(node.repositories)), .number(days ?? -1), .number(figures.pulls),
                ])
            }
        )
    }
}
