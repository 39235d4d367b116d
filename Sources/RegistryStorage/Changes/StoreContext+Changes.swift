//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

extension StoreContext {
    /// Changes items of the storage: alone, and with the journal told before and after.
    /// - Parameters:
    ///   - items: all that it may touch. Those that lead somewhere are held meanwhile, so that the journal hears of
    ///     changes in the order in which they were made.
    ///   - events: what others are told of, if it is among what was done.
    ///   - body: makes the change, and says what it has done.
    package func change<Output>(
        _ items: [StorageItem],
        by origin: MutationOrigin,
        telling events: [StorageEvent] = [],
        _ body: (inout [StorageChange]) async throws(RegistryError) -> Output
    ) async throws(RegistryError) -> Output {
        try await holding(items) { () async throws(RegistryError) in
            try await journalled(items, by: origin, telling: events, body)
        }
    }

    /// Changes items that the caller holds.
    func journalled<Output>(
        _ items: [StorageItem],
        by origin: MutationOrigin,
        telling events: [StorageEvent] = [],
        _ body: (inout [StorageChange]) async throws(RegistryError) -> Output
    ) async throws(RegistryError) -> Output {
        var changes: [StorageChange] = []
        guard let journal else { return try await body(&changes) }
        let mutation = Mutation(items, by: origin, telling: events)
        let ticket = await journal.begin(mutation)
        do {
            let output = try await body(&changes)
            journal.end(ticket, .done(changes), of: mutation)
            return output
        } catch {
            journal.end(ticket, error.status < 500 ? .refused(changes) : .uncertain, of: mutation)
            throw error
        }
    }

    /// Keeps other changes of the same items of this server waiting.
    ///
    /// Who holds a manifest may go on to hold tags, and never the other way round.
    func holding<Output>(
        _ items: [StorageItem],
        _ body: () async throws(RegistryError) -> Output
    ) async throws(RegistryError) -> Output {
        // In one order, so that two that want several do not wait for each other.
        let links = items.filter(\.isLink).map { (item: $0, text: $0.text) }.sorted { byteOrder($0.text, $1.text) }
        for link in links { await locks.lock(link.item) }
        defer { for link in links { locks.unlock(link.item) } }
        return try await body()
    }
}

extension StorageItem {
    /// Whether two changes of it at once can end either way.
    ///
    /// Content is the same whoever brings it, and an upload has one writer.
    fileprivate var isLink: Bool {
        switch self {
        case .layer, .manifest, .tag: true
        case .blob, .upload: false
        }
    }
}
