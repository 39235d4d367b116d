//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
package import RegistryTelemetry

/// What the ledger's tables say of capacity, read in one state of them.
package struct LedgerCapacity: Sendable {
    package var totals: CapacityTotals
    package var repositories: [RepositoryCapacity]
    package var namespaces: [NamespaceCapacity]
    /// Uploads that are open.
    package var uploads: [(repository: String, id: String)]

    /// Reads the tables.
    ///
    /// Takes memory for the repositories, not for the blobs or what reaches them.
    /// - Parameter youngest: blobs linked after this are not reclaimable.
    package init(_ tables: LedgerTables, youngest: WallTime) throws(LedgerError) {
        let rows = try tables.repositories()
        let tree = NamespaceTree(rows.map(\.name))
        var places = [Int32](repeating: -1, count: Int(try tables.greatestRepositoryID()) + 1)
        for (position, row) in rows.enumerated() { places[Int(row.id)] = tree.nodes[position] }
        var account = CapacityAccount(tree)
        var unreferenced: Int64 = 0
        try tables.eachBlob(places) { size, reached in
            if let size {
                if reached.isEmpty { unreferenced += size } else { account.add(size: size, &reached) }
            }
            return true
        }
        let referenced = account.referenced
        let (own, nodes) = account.finish()
        var figures = rows.enumerated().map { position, row in
            CapacityFigures(row, own, Int(tree.nodes[position]))
        }
        var positions = [Int32](repeating: -1, count: places.count)
        for (position, row) in rows.enumerated() { positions[Int(row.id)] = Int32(position) }
        try tables.eachTotalUsage { repository, usage in
            guard let index = Int(exactly: repository), positions.indices.contains(index), positions[index] >= 0 else {
                return
            }
            figures[Int(positions[index])].pulls = usage.pulls
            figures[Int(positions[index])].lastPull = usage.lastPull
        }
        repositories = tree.order.map { RepositoryCapacity(name: rows[Int($0)].name, figures: figures[Int($0)]) }
        namespaces = Self.namespaces(tree, rows, figures, nodes)
        totals = CapacityTotals(
            logical: namespaces[0].figures.logical,
            deduplicated: nodes.deduplicated[0],
            referenced: referenced,
            unreferenced: unreferenced,
            reclaimable: try tables.unreferenced(youngest: youngest).reclaimable
        )
        uploads = try tables.openUploads()
    }

    /// The root, and every node that has something below it.
    private static func namespaces(
        _ tree: NamespaceTree,
        _ rows: [LedgerTables.Repository],
        _ figures: [CapacityFigures],
        _ sums: CapacityAccount.Sums
    ) -> [NamespaceCapacity] {
        var nodes = [CapacityFigures](repeating: CapacityFigures(), count: tree.count)
        var counts = [Int64](repeating: 0, count: tree.count)
        var isAbove = [Bool](repeating: false, count: tree.count)
        isAbove[0] = true
        // A repository from which the name of a node can be taken.
        var samples = [Int32](repeating: -1, count: tree.count)
        for (position, node) in tree.nodes.enumerated() {
            nodes[Int(node)] = figures[position]
            counts[Int(node)] = 1
            samples[Int(node)] = Int32(position)
        }
        for node in stride(from: tree.count - 1, to: 0, by: -1) {
            let parent = Int(tree.parents[node])
            nodes[parent].take(nodes[node])
            counts[parent] += counts[node]
            if samples[parent] < 0 { samples[parent] = samples[node] }
            isAbove[parent] = true
        }
        return (0..<tree.count).filter { isAbove[$0] }.map { node in
            var figures = nodes[node]
            figures.deduplicated = sums.deduplicated[node]
            figures.exclusive = sums.exclusive[node]
            figures.attributed = sums.attributed[node]
            let depth = Int(tree.depths[node])
            let sample = samples[node] < 0 ? "" : rows[Int(samples[node])].name
            return NamespaceCapacity(
                name: prefix(of: sample, parts: depth),
                depth: depth,
                repositories: Int(counts[node]),
                figures: figures
            )
        }
    }

    private static func prefix(of name: String, parts: Int) -> String {
        guard parts > 0 else { return "" }
        var left = parts
        let end = name.utf8.firstIndex { byte in
            if byte == UInt8(ascii: "/") { left -= 1 }
            return left == 0
        }
        return String(name[..<(end ?? name.endIndex)])
    }
}

extension CapacityFigures {
    fileprivate init(_ row: LedgerTables.Repository, _ own: CapacityAccount.Sums, _ node: Int) {
        logical = row.logical
        deduplicated = own.deduplicated[node]
        exclusive = own.exclusive[node]
        attributed = own.attributed[node]
        manifests = row.manifests
        tags = row.tags
        lastPush = row.lastPush
    }

    /// Takes in what simply adds up, of what is below.
    fileprivate mutating func take(_ other: CapacityFigures) {
        logical += other.logical
        manifests += other.manifests
        tags += other.tags
        pulls += other.pulls
        if let time = other.lastPush, time.microseconds > lastPush?.microseconds ?? .min { lastPush = time }
        if let time = other.lastPull, time.microseconds > lastPull?.microseconds ?? .min { lastPull = time }
    }
}
