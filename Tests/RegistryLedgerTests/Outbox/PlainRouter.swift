//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

@testable import RegistryLedger

/// Keeps every event for all of some endpoints, and says in a few words what it is.
final class PlainRouter: EventRouter {
    private let endpoints: [String]
    private let count = Mutex(0)

    init(_ endpoints: [String] = ["one", "two"]) { self.endpoints = endpoints }

    var wantsEvents: Bool { true }
    var wantsPulls: Bool { true }

    func route(_ event: StorageEvent, by origin: MutationOrigin) -> OutboxEntry? {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return OutboxEntry(
            // Others than those of another router, as those of another run are.
            id: "\(ObjectIdentifier(self).hashValue)-\(number)",
            repository: event.repository.description,
            action: event.action,
            time: origin.time.microseconds,
            body: Self.words(event),
            trace: "",
            endpoints: endpoints
        )
    }

    static func words(_ event: StorageEvent) -> String {
        let what =
            switch event.subject {
            case .manifest(let manifest, let tag): "\(tag?.description ?? "-") \(short(manifest.digest))"
            case .blob(let blob): short(blob.digest)
            case .deletedManifest(let digest): "manifest \(short(digest))"
            case .deletedBlob(let digest): "blob \(short(digest))"
            case .deletedTag(let tag): "tag \(tag)"
            }
        return "\(event.action) \(event.repository) \(what)" + (event.source.map { " from \($0)" } ?? "")
    }

    static func short(_ digest: Digest) -> String { String(digest.hex.prefix(8)) }
}

extension LedgerBench {
    /// What waits for an endpoint, in words.
    func pending(_ endpoint: String = "one") async throws -> [String] {
        try await ledger.outbox.pending(for: endpoint, after: 0, limit: 10_000, bytes: .max).map(\.entry.body)
    }
}
