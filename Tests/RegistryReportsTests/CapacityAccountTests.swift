//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@testable import RegistryReports

@Suite("The capacity of every node")
struct CapacityAccountTests {
    private struct Blob {
        var size: Int64
        var repositories: [Int]
    }

    private struct Store {
        var names: [String]
        var blobs: [Blob]

        /// Few parts, so that names are above others, and neighbours in one order and not in another.
        init(_ generator: inout SeededGenerator) {
            let parts = ["a", "b", "a-b", "a.b", "ab", "z0", "0"]
            var names: Set<String> = []
            for _ in 0..<Int.random(in: 1...60, using: &generator) {
                let depth = Int.random(in: 1...5, using: &generator)
                let chosen = (0..<depth).compactMap { _ in parts.randomElement(using: &generator) }
                names.insert(chosen.joined(separator: "/"))
            }
            self.names = names.sorted().shuffled(using: &generator)
            self.blobs = []
            for _ in 0..<Int.random(in: 0...200, using: &generator) {
                let most = Bool.random(using: &generator) ? 3 : self.names.count
                let count = Int.random(in: 0...min(most, self.names.count), using: &generator)
                let repositories = self.names.indices.shuffled(using: &generator).prefix(count)
                blobs.append(Blob(size: .random(in: 0...1000, using: &generator), repositories: Array(repositories)))
            }
        }

        func isIn(_ repository: Int, _ namespace: String) -> Bool {
            namespace.isEmpty || names[repository] == namespace || names[repository].hasPrefix("\(namespace)/")
        }
    }

    /// The name of every node.
    private func nodeNames(_ tree: NamespaceTree, _ names: [String]) -> [String?] {
        var found = [String?](repeating: nil, count: tree.count)
        found[0] = ""
        for (repository, node) in tree.nodes.enumerated() {
            var (node, parts) = (Int(node), names[repository].split(separator: "/"))
            while node > 0 {
                let name = parts.joined(separator: "/")
                #expect(found[node] == nil || found[node] == name)
                #expect(tree.depths[node] == parts.count)
                found[node] = name
                node = Int(tree.parents[node])
                parts.removeLast()
            }
            #expect(parts.isEmpty)
        }
        return found
    }

    @Test("is that of a brute force with sets", arguments: 1...60 as ClosedRange<UInt64>)
    func bruteForce(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let store = Store(&generator)
        let tree = NamespaceTree(store.names)
        var account = CapacityAccount(tree)
        for blob in store.blobs {
            var nodes = blob.repositories.map { tree.nodes[$0] }
            account.add(size: blob.size, &nodes)
        }
        let referenced = account.referenced
        let (repositories, nodes) = account.finish()
        let named = nodeNames(tree, store.names)
        #expect(Set(named.compactMap(\.self)).count == tree.count)
        for (node, name) in named.enumerated() {
            guard let name else { continue }
            let inside = store.blobs.map { blob in blob.repositories.filter { store.isIn($0, name) }.count }
            var (deduplicated, exclusive) = (Int64(0), Int64(0))
            for (blob, count) in zip(store.blobs, inside) where count > 0 {
                deduplicated += blob.size
                if count == blob.repositories.count { exclusive += blob.size }
            }
            #expect(nodes.deduplicated[node] == deduplicated, "\(name)")
            #expect(nodes.exclusive[node] == exclusive, "\(name)")
        }
        for (repository, name) in store.names.enumerated() {
            let own = store.blobs.filter { $0.repositories.contains(repository) }
            let node = Int(tree.nodes[repository])
            #expect(repositories.deduplicated[node] == own.reduce(0) { $0 + $1.size })
            #expect(
                repositories.exclusive[node] == own.filter { $0.repositories.count == 1 }.reduce(0) { $0 + $1.size }
            )
            let share = own.reduce(0.0) { $0 + Double($1.size) / Double($1.repositories.count) }
            #expect(abs(Double(repositories.attributed[node]) - share) <= Double(own.count), "\(name)")
        }
        // What always holds.
        let all = store.blobs.filter { !$0.repositories.isEmpty }.reduce(0) { $0 + $1.size }
        #expect(referenced == all)
        #expect(nodes.exclusive[0] == all)
        #expect(nodes.deduplicated[0] == all)
        #expect(nodes.attributed[0] == all)
        #expect(tree.nodes.reduce(0) { $0 + repositories.attributed[Int($1)] } == all)
        for (node, name) in named.enumerated() {
            let inside = store.names.indices.filter { store.isIn($0, name ?? "") }
            #expect(nodes.attributed[node] == inside.reduce(0) { $0 + repositories.attributed[Int(tree.nodes[$1])] })
        }
    }

    @Test("has no more than shares to the byte, the first in path order having what does not divide")
    func remainders() {
        let names = ["z", "a/b", "a-b", "a"]
        let tree = NamespaceTree(names)
        #expect(tree.order.map { names[Int($0)] } == ["a", "a/b", "a-b", "z"])
        var account = CapacityAccount(tree)
        var nodes = tree.nodes
        account.add(size: 11, &nodes)
        let own = account.finish().repositories
        #expect(tree.nodes.map { own.attributed[Int($0)] } == [2, 3, 3, 3])
    }

    @Test("of nothing is nothing")
    func empty() {
        let tree = NamespaceTree([])
        #expect(tree.count == 1)
        var account = CapacityAccount(tree)
        var none: [Int32] = []
        account.add(size: 5, &none)
        #expect(account.referenced == 0)
        #expect(account.finish().nodes.deduplicated == [0])
    }
}
