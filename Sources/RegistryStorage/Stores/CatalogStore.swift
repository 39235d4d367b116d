//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// The repositories, read from the tree.
package struct CatalogStore: Sendable {
    private let context: StoreContext

    package init(_ context: StoreContext) { self.context = context }

    /// Names in byte order.
    /// - Parameters:
    ///   - last: only names after this text, which need not be a name.
    ///   - limit: the most to return.
    package func list(after last: String?, limit: Int) async throws(RegistryError) -> Page<String> {
        if let names = await context.index?.repositories(after: last, limit: min(limit, .max - 1) + 1) {
            return Page(names, limit: limit)
        }
        var walk = Walk(after: last, limit: min(limit, .max - 1) + 1)
        try await descend(into: DiskLayout.repositories, prefix: "", &walk)
        return Page(walk.found, limit: limit)
    }

    private struct Walk {
        let after: String?
        let limit: Int
        var found: [String] = []

        var isDone: Bool { found.count >= limit }

        init(after: String?, limit: Int) {
            self.after = after
            self.limit = limit
        }

        /// Whether any name that begins with a prefix can come after the last page.
        func mayContain(_ prefix: String) -> Bool {
            guard let after else { return true }
            return byteOrder(after, prefix) || after.hasPrefix(prefix)
        }

        mutating func add(_ name: String) {
            if after.map({ byteOrder($0, name) }) ?? true { found.append(name) }
        }
    }

    /// What a folder's child stands for: a repository of that name, or all the names below it.
    private enum Step {
        case repository(String)
        case below(String)

        /// `a` comes before `a-b`, and that before `a/b`: the slash takes part in the order.
        var key: String {
            switch self {
            case .repository(let name): name
            case .below(let name): name + "/"
            }
        }
    }

    private func descend(into folder: StoragePath, prefix: String, _ walk: inout Walk) async throws(RegistryError) {
        let steps = try await entries(of: folder).filter(DiskLayout.leadsToRepositories)
            .flatMap { [Step.repository($0.name), .below($0.name)] }
            .sorted { byteOrder($0.key, $1.key) }
        // A child's entries answer both of its steps, which may have others between them.
        var listed: [String: [FolderEntry]] = [:]
        for step in steps where !walk.isDone {
            switch step {
            case .repository(let name):
                guard walk.mayContain(prefix + name) else { continue }
                let entries = try await entries(of: folder.appending(name))
                if DiskLayout.isRepository(entries) { walk.add(prefix + name) }
                listed[name] = entries
            case .below(let name):
                guard walk.mayContain(prefix + name + "/") else { continue }
                let entries =
                    if let known = listed.removeValue(forKey: name) { known } else {
                        try await entries(of: folder.appending(name))
                    }
                guard entries.contains(where: DiskLayout.leadsToRepositories) else { continue }
                try await descend(into: folder.appending(name), prefix: prefix + name + "/", &walk)
            }
        }
    }

    /// Folders come and go while the tree is read; one that is gone has no entries.
    private func entries(of folder: StoragePath) async throws(RegistryError) -> [FolderEntry] {
        do {
            return try await context.driver.list(folder, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
            return []
        }
    }
}
