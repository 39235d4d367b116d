//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// What every store works with.
package struct StoreContext: Sendable {
    package let driver: any StorageDriver
    package let instruments: Instruments
    package let observer: any Observer
    /// Is told of every change; nil where nobody wants to know.
    package let journal: (any MutationJournal)?
    /// Knows the listings without a walk over the tree; nil where nothing does.
    package let index: (any ListingIndex)?
    /// Tells others of pulls; nil where nobody does.
    package let events: (any EventListener)?
    /// Where clients are sent for blobs, if anywhere else than to the storage.
    package let redirects: [any RedirectMiddleware]
    /// What is being changed.
    let locks = NameLocks<StorageItem>()
    /// What is relied on, and what is being removed.
    package let uses: UseGuard
    /// How many bytes content has by its digest, as far as this server has hashed it.
    ///
    /// Facts that no file can change.
    let verifiedSizes = BoundedCache<Digest, Int64>(maximumEntries: 16_384, maximumBytes: .max)

    package init(
        driver: any StorageDriver,
        instruments: Instruments,
        observer: any Observer,
        journal: (any MutationJournal)? = nil,
        index: (any ListingIndex)? = nil,
        events: (any EventListener)? = nil,
        redirects: [any RedirectMiddleware] = [],
        uses: UseGuard = UseGuard()
    ) {
        self.redirects = redirects
        self.uses = uses
        self.journal = journal
        self.index = index
        self.events = events
        self.driver = driver
        self.instruments = instruments
        self.observer = observer
    }

    /// Makes a driver call; the one place where a driver's error becomes an answer.
    /// - Parameter missing: what it means here that nothing is at the path.
    func call<Output: Sendable>(
        missing: @autoclosure () -> RegistryError,
        _ call: () async throws(StorageError) -> Output
    ) async throws(RegistryError) -> Output {
        do {
            return try await call()
        } catch {
            throw error.code == .notFound ? missing() : registryError(error)
        }
    }

    /// Makes a driver call that needs nothing to be there before.
    func call<Output: Sendable>(
        _ call: () async throws(StorageError) -> Output
    ) async throws(RegistryError) -> Output {
        do {
            return try await call()
        } catch {
            throw registryError(error)
        }
    }

    func registryError(_ error: StorageError) -> RegistryError {
        switch error.code {
        case .noSpace:
            noteFull(error.description)
            return RegistryError(.storageFull, detail: "no space left on the storage", cause: error.description)
        case .readOnly:
            return RegistryError(.unavailable, detail: "the storage takes no writes", cause: error.description)
        case .busy:
            return RegistryError(
                .blobUploadInvalid,
                status: 409,
                detail: "another request is writing to this upload",
                cause: error.description
            )
        case .notFound, .tooLarge, .truncated, .failed:
            return RegistryError(.unknown, detail: "the storage failed", cause: error.description)
        }
    }

    /// Counts and tells of content that is not what its name says.
    /// - Parameters:
    ///   - cause: what is wrong with it.
    ///   - name: the repository it was read in.
    package func noteDamaged(_ digest: Digest, in name: RepositoryName?, _ cause: String) {
        instruments.blobsDamaged.add()
        var fields: [ServerEvent.Field] = [.init(.digest, .text(digest.description))]
        if let name { fields.append(.init(.repository, .text(name.description))) }
        observer.note(ServerEvent(.blobDamaged, fields + [.init(.cause, .text(cause))]))
    }

    /// Counts and tells of a write that found no room.
    func noteFull(_ cause: String) {
        instruments.writesRefused.add()
        observer.note(ServerEvent(.storageFull, [.init(.cause, .text(cause))]))
    }
}
