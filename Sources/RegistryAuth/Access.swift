//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// What a request asks for.
package enum Access: Sendable, Equatable {
    /// To be let in at all: the base of the API, where clients sign in.
    case session
    /// The list of repositories.
    case catalog
    /// Something in a repository.
    case repository(RepositoryName, RepositoryActions)
}

extension Access {
    /// The scopes that a token must have, as distribution's challenge lists them; empty for none.
    var scope: String {
        switch self {
        case .session: ""
        case .catalog: "registry:catalog:*"
        case .repository(let name, let actions): "repository:\(name):\(actions)"
        }
    }
}

/// Things that can be done in a repository; pushing takes pulling with it, as in distribution.
package struct RepositoryActions: OptionSet, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let pull = RepositoryActions(rawValue: 1)
    package static let push = RepositoryActions(rawValue: 2)
    package static let delete = RepositoryActions(rawValue: 4)

    /// The actions by the names they have in scopes and rules.
    package static let names: [(name: String, action: RepositoryActions)] = [
        ("pull", .pull), ("push", .push), ("delete", .delete),
    ]

    /// As in a scope: `pull,push`.
    package var description: String {
        Self.names.filter { contains($0.action) }.map(\.name).joined(separator: ",")
    }
}
