//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryStorage

/// How a collection of garbage is done.
package struct CollectionSettings: Sendable, Equatable {
    package var rules: MarkRules
    /// How long ago content must have come or been linked for it to go, so that a push under way keeps what it has brought.
    package var olderThan: Duration
    /// Whether repositories without manifests leave the catalogue.
    package var removesEmptyRepositories: Bool
    /// How long what is taken out is kept in the trash; nil deletes it at once.
    package var grace: Duration?
    /// Files that may be moved or deleted a second; nil for as many as there can be.
    package var budget: Int?

    package init(
        rules: MarkRules = MarkRules(),
        olderThan: Duration = .zero,
        removesEmptyRepositories: Bool = true,
        grace: Duration? = nil,
        budget: Int? = nil
    ) {
        self.rules = rules
        self.olderThan = olderThan
        self.removesEmptyRepositories = removesEmptyRepositories
        self.grace = grace
        self.budget = budget
    }
}

/// Why a collection did not come to its end.
package struct CollectionError: Error, Sendable, CustomStringConvertible {
    package let kind: Kind
    /// In words, for people.
    package let description: String

    package enum Kind: Sendable {
        /// It was told to end.
        case stopped
        /// The storage failed, or there is something in it that cannot be read.
        case failed
    }

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    static let stopped = CollectionError(.stopped, "it was told to end")

    init(_ error: StorageError) { self.init(.failed, error.description) }

    init(_ error: RegistryError) { self.init(.failed, error.cause ?? error.detail ?? error.code.rawValue) }
}
