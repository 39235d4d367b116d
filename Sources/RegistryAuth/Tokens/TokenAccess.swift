//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// What a token grants: its claim `access`.
package struct TokenAccess: Sendable, Equatable {
    private var repositories: [String: RepositoryActions] = [:]
    private var listsCatalog = false

    static let maximumEntries = 256

    /// Grants nothing.
    package init() {}

    /// Reads the claim; what it grants of other kinds, or unknown actions, has no meaning here.
    /// - Returns: nil if it is malformed.
    init?(_ claim: StrictJSON) {
        guard let items = claim.array, items.count <= Self.maximumEntries else { return nil }
        for item in items {
            guard let type = item["type"]?.string, let name = item["name"]?.string, let list = item["actions"]?.array
            else {
                // Some issuers write null for no actions.
                guard item["type"]?.string != nil, item["actions"] == .null else { return nil }
                continue
            }
            let actions = list.compactMap(\.string)
            guard actions.count == list.count else { return nil }
            switch type {
            case "repository":
                for (text, action) in RepositoryActions.names where actions.contains(text) {
                    repositories[name, default: []].insert(action)
                }
            case "registry" where name == "catalog":
                if actions.contains("*") { listsCatalog = true }
            default: break
            }
        }
    }

    func actions(in repository: String) -> RepositoryActions { repositories[repository] ?? [] }

    /// Whether the token is good for what is asked for.
    func grants(_ access: Access) -> Bool {
        switch access {
        case .session: true
        case .catalog: listsCatalog
        case .repository(let name, let actions): self.actions(in: name.description).isSuperset(of: actions)
        }
    }
}
