//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The names of repositories as a tree: the root, a node for every part of a name, and which nodes are repositories.
///
/// Nodes are numbered in path order, parents before what is below them, so that the nodes below one are those that
/// follow it, and sums over them are made in one pass from the last to the first.
package struct NamespaceTree: Sendable {
    /// The parent of each node; that of the root is itself.
    package private(set) var parents: [Int32] = [0]
    /// Parts of each node's name.
    package private(set) var depths: [Int32] = [0]
    /// The node of each repository, in the order of the names that it was made of.
    package private(set) var nodes: [Int32]
    /// The repositories, in path order, by their positions among the names.
    package let order: [Int32]

    package var count: Int { parents.count }

    /// - Parameter names: of repositories, each once, in any order.
    package init(_ names: [String]) {
        let order = Self.pathOrder(names)
        self.order = order
        self.nodes = [Int32](repeating: 0, count: names.count)
        // The nodes from below the root down to the last one, and where their names end in the last name.
        var (path, ends) = ([Int32](), [Int]())
        var last = ""
        for position in order {
            var name = names[Int(position)]
            let common = Self.commonParts(&last, &name, ends)
            path.removeLast(path.count - common)
            ends.removeLast(ends.count - common)
            name.withUTF8 { text in
                var start = common == 0 ? 0 : ends[common - 1] + 1
                while start <= text.count {
                    var end = start
                    while end < text.count, text[end] != UInt8(ascii: "/") { end += 1 }
                    let parent = path.last ?? 0
                    path.append(Int32(parents.count))
                    ends.append(end)
                    parents.append(parent)
                    depths.append(Int32(path.count))
                    start = end + 1
                }
            }
            nodes[Int(position)] = path.last ?? 0
            last = name
        }
    }

    /// A slash comes before everything else, so that what is below a name follows it.
    package static func precedes(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            if left[index] == UInt8(ascii: "/") { return true }
            return right[index] != UInt8(ascii: "/") && left[index] < right[index]
        }
        return left.count < right.count
    }

    package static func pathOrder(_ names: [String]) -> [Int32] {
        var names = names
        for index in names.indices { names[index].makeContiguousUTF8() }
        return (0..<Int32(names.count)).sorted { left, right in
            names[Int(left)].utf8.withContiguousStorageIfAvailable { left in
                names[Int(right)].utf8.withContiguousStorageIfAvailable { right in precedes(left, right) }
            } == true
        }
    }

    /// - Parameter ends: where the parts of the last name end.
    /// - Returns: how many parts, from the first, both have.
    private static func commonParts(_ last: inout String, _ name: inout String, _ ends: [Int]) -> Int {
        last.withUTF8 { last in
            name.withUTF8 { name in
                var length = 0
                while length < min(last.count, name.count), last[length] == name[length] { length += 1 }
                var common = 0
                for end in ends {
                    guard end <= length, end == name.count || (end < name.count && name[end] == UInt8(ascii: "/"))
                    else { break }
                    common += 1
                }
                return common
            }
        }
    }

    /// The deepest node that has both below it, or is one of them.
    @inline(__always)
    static func commonAncestor(_ left: Int32, _ right: Int32, _ parents: UnsafeBufferPointer<Int32>) -> Int32 {
        var (left, right) = (left, right)
        // The one with the greater number cannot be above the other.
        while left != right {
            if left > right { left = parents[Int(left)] } else { right = parents[Int(right)] }
        }
        return left
    }

    /// Adds what each node has to its parent, and so on up to the root.
    package func accumulate(_ values: inout [Int64]) {
        var node = count - 1
        while node > 0 {
            values[Int(parents[node])] &+= values[node]
            node -= 1
        }
    }
}
