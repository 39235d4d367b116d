//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The deduplicated, exclusive and attributed bytes of every node, in one pass over the blobs.
///
/// For a blob whose repositories are r1 … rk in path order, its size is added at each of them and taken away at the
/// deepest common ancestor of each two neighbours: then the sum over the nodes below any node has it once if one of the
/// repositories is there. Added at the deepest common ancestor of all, it is in the sums of those that have them all.
/// Memory is five numbers a node, whatever the number of blobs.
package struct CapacityAccount: Sendable {
    private let tree: NamespaceTree
    /// Of the repository at a node, alone.
    private var own: Sums
    /// What neighbours have in common, at the nodes where they meet.
    private var common: [Int64]
    private var exclusive: [Int64]
    /// Sizes of blobs that a repository reaches, each once.
    package private(set) var referenced: Int64 = 0

    /// Bytes by node.
    package struct Sums: Sendable {
        package var deduplicated: [Int64]
        package var exclusive: [Int64]
        package var attributed: [Int64]

        fileprivate init(count: Int) {
            deduplicated = [Int64](repeating: 0, count: count)
            exclusive = deduplicated
            attributed = deduplicated
        }
    }

    package init(_ tree: NamespaceTree) {
        self.tree = tree
        self.own = Sums(count: tree.count)
        self.common = own.exclusive
        self.exclusive = own.exclusive
    }

    /// Adds a blob.
    /// - Parameters:
    ///   - size: in bytes.
    ///   - nodes: of the repositories that reach it, each once, in any order; they are put in path order.
    package mutating func add(size: Int64, _ nodes: inout [Int32]) {
        guard size != 0, let first = nodes.first else { return }
        referenced &+= size
        guard nodes.count > 1 else {
            own.deduplicated[Int(first)] &+= size
            own.exclusive[Int(first)] &+= size
            own.attributed[Int(first)] &+= size
            exclusive[Int(first)] &+= size
            return
        }
        Self.sort(&nodes)
        let (share, rest) = size.quotientAndRemainder(dividingBy: Int64(nodes.count))
        tree.parents.withUnsafeBufferPointer { parents in
            var (previous, highest) = (nodes[0], nodes[0])
            for position in nodes.indices {
                let node = nodes[position]
                own.deduplicated[Int(node)] &+= size
                // Bytes that do not divide evenly go to the first in path order, one each.
                own.attributed[Int(node)] &+= share &+ (Int64(position) < rest ? 1 : 0)
                guard position > 0 else { continue }
                let meeting = NamespaceTree.commonAncestor(previous, node, parents)
                common[Int(meeting)] &+= size
                // In path order, the ancestor of all is the highest of those of neighbours.
                highest = min(highest, meeting)
                previous = node
            }
            exclusive[Int(highest)] &+= size
        }
    }

    /// Most blobs have few repositories.
    private static func sort(_ nodes: inout [Int32]) {
        guard nodes.count <= 24 else { return nodes.sort() }
        nodes.withUnsafeMutableBufferPointer { nodes in
            for position in 1..<nodes.count {
                let node = nodes[position]
                var place = position
                while place > 0, nodes[place - 1] > node {
                    nodes[place] = nodes[place - 1]
                    place -= 1
                }
                nodes[place] = node
            }
        }
    }

    /// The sums of the repositories alone, and those of the nodes with all that is below them.
    package consuming func finish() -> (repositories: Sums, nodes: Sums) {
        var nodes = own
        nodes.exclusive = exclusive
        // Numbers on the way may go beyond what there is, and come back: the sums are right.
        for node in common.indices { nodes.deduplicated[node] &-= common[node] }
        tree.accumulate(&nodes.deduplicated)
        tree.accumulate(&nodes.exclusive)
        tree.accumulate(&nodes.attributed)
        return (own, nodes)
    }
}
