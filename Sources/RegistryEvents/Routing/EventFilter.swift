//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage

/// Which events an endpoint hears of.
package struct EventFilter: Sendable, Equatable {
    /// Names of repositories; empty for all.
    package var repositories: [Glob]
    /// Nil for all.
    package var actions: Set<StorageEvent.Action>?
    package var ignoredActions: Set<StorageEvent.Action>
    /// Of the manifest or blob; what is deleted has none.
    package var ignoredMediaTypes: Set<String>

    package init(
        repositories: [Glob] = [],
        actions: Set<StorageEvent.Action>? = nil,
        ignoredActions: Set<StorageEvent.Action> = [],
        ignoredMediaTypes: Set<String> = []
    ) {
        self.repositories = repositories
        self.actions = actions
        self.ignoredActions = ignoredActions
        self.ignoredMediaTypes = ignoredMediaTypes
    }

    package func accepts(_ action: StorageEvent.Action) -> Bool {
        !ignoredActions.contains(action) && actions?.contains(action) ?? true
    }

    package func accepts(_ event: StorageEvent) -> Bool {
        guard accepts(event.action) else { return false }
        if !ignoredMediaTypes.isEmpty, let type = event.descriptor?.mediaType,
            ignoredMediaTypes.contains(type.description)
        {
            return false
        }
        guard !repositories.isEmpty else { return true }
        let name = event.repository.description
        return repositories.contains { $0.matches(name) }
    }
}

extension StorageEvent {
    /// Nil of what is deleted.
    var descriptor: Descriptor? {
        switch subject {
        case .manifest(let descriptor, _), .blob(let descriptor): descriptor
        case .deletedManifest, .deletedBlob, .deletedTag: nil
        }
    }
}
