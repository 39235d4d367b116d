//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Goes through the names of all repositories in byte order, holding no more than the folders on the way to one.
package struct RepositoryWalk: Sendable {
    private let driver: any StorageDriver
    /// What is still to come, the next last.
    private var steps: [Step]

    /// What a folder's child stands for: a repository of that name, or all the names below it.
    private struct Step {
        var name: String
        var isBelow: Bool
        var entries: [FolderEntry]?

        /// `a` comes before `a-b`, and that before `a/b`: the slash takes part in the order.
        var key: String { isBelow ? name + "/" : name }
    }

    private let after: String?

    /// A folder in which something was pushed, or is to be.
    package struct Found: Sendable, Equatable {
        /// Need not be one that clients could use.
        package var name: String
        /// Whether the catalogue has it; else it has no more than uploads.
        package var isListed: Bool
    }

    /// - Parameter last: only names after this text.
    package init(_ driver: any StorageDriver, after last: String? = nil) {
        self.driver = driver
        self.after = last
        self.steps = [Step(name: "", isBelow: true)]
    }

    /// The next repository.
    package mutating func next() async throws(StorageError) -> Found? {
        while let step = steps.popLast() {
            guard mayCome(step.key) else { continue }
            let entries = try await entries(of: step)
            if step.isBelow {
                push(entries, below: step.name)
            } else {
                // The step of what is below has been put there with this one.
                if let position = steps.lastIndex(where: { $0.isBelow && $0.name == step.name }) {
                    steps[position].entries = entries.filter(DiskLayout.leadsToRepositories)
                }
                guard after.map({ byteOrder($0, step.name) }) ?? true else { continue }
                let isListed = DiskLayout.isRepository(entries)
                if isListed || DiskLayout.hasUploads(entries) { return Found(name: step.name, isListed: isListed) }
            }
        }
        return nil
    }

    private mutating func push(_ entries: [FolderEntry], below prefix: String) {
        let children = entries.filter(DiskLayout.leadsToRepositories).flatMap { entry in
            let name = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
            return [Step(name: name, isBelow: false), Step(name: name, isBelow: true)]
        }
        steps += children.sorted { byteOrder($1.key, $0.key) }
    }

    /// Whether any name that begins so can come after the last one.
    private func mayCome(_ key: String) -> Bool {
        guard let after, key != "/" else { return true }
        return byteOrder(after, key) || after.hasPrefix(key)
    }

    /// Folders come and go while the tree is read; one that is gone has no entries.
    private func entries(of step: Step) async throws(StorageError) -> [FolderEntry] {
        if let entries = step.entries { return entries }
        let folder = step.name.isEmpty ? DiskLayout.repositories : DiskLayout.repositories.appending(step.name)
        do {
            return try await driver.list(folder, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }
}
