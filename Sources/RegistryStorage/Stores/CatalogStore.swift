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
        // One more than asked for tells whether there is a next page.
        let wanted = min(limit, .max - 1) + 1
        if let names = await context.index?.repositories(after: last, limit: wanted) {
            return Page(names, limit: limit)
        }
        var names: [String] = []
        var walk = RepositoryWalk(context.driver, after: last)
        do throws(StorageError) {
            while names.count < wanted, let found = try await walk.next() {
                if found.isListed { names.append(found.name) }
            }
        } catch {
            throw context.registryError(error)
        }
        return Page(names, limit: limit)
    }
}
