//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// What is checked of manifests when they are pushed, whoever pushes them.
package struct ManifestRules: Sendable {
    /// The addresses that layers may be kept at; nil is any.
    package var addresses: AddressRules?
    /// Which manifests of an index must be there.
    package var platforms = Platforms.all
    /// The kinds of content that are taken; nil is any.
    package var classes: Set<ContentClass>?

    /// Creates rules that let in all that is whole.
    package init() {}

    /// Regular expressions, found anywhere in an address.
    package struct AddressRules: Sendable {
        private let allow: [Pattern]
        private let deny: [Pattern]
        private var takesNone = false

        /// Creates rules.
        /// - Parameters:
        ///   - allow: one of these must match, unless there is none.
        ///   - deny: none of these may match.
        package init(allow: [Pattern], deny: [Pattern]) {
            self.allow = allow
            self.deny = deny
        }

        /// Lets no layer be kept elsewhere.
        package static var nowhere: AddressRules {
            var rules = AddressRules(allow: [], deny: [])
            rules.takesNone = true
            return rules
        }

        private static let maximumBytes = 2048

        /// Whether a layer may be kept there.
        func takes(_ address: String) -> Bool {
            guard !takesNone else { return false }
            let isWeb = ["http://", "https://"].contains { address.lowercased().hasPrefix($0) }
            guard isWeb, !address.utf8.contains(UInt8(ascii: "#")), address.utf8.count <= Self.maximumBytes else {
                return false
            }
            let isAllowed = allow.isEmpty || allow.contains { $0.matches(address) }
            return isAllowed && !deny.contains { $0.matches(address) }
        }
    }

    /// Which manifests of an index must be there.
    package enum Platforms: Sendable {
        case all
        case none
        /// Those of these platforms, and those that name none; an empty list is all.
        case only([ManifestFacts.Platform])
    }

    /// A kind of content, told by the type of an image manifest's configuration.
    package enum ContentClass: String, Sendable {
        case image, plugin

        /// Nil for a kind that has no name.
        init?(configuration: MediaType) {
            switch configuration.description {
            case "application/vnd.docker.container.image.v1+json", "application/vnd.oci.image.config.v1+json":
                self = .image
            case "application/vnd.docker.plugin.v1+json": self = .plugin
            default: return nil
            }
        }
    }

    /// Whether a manifest of an index must be there.
    func needs(_ platform: ManifestFacts.Platform?) -> Bool {
        switch platforms {
        case .all: true
        case .none: false
        case .only(let list): list.isEmpty || platform.map { list.contains($0) } ?? true
        }
    }

    /// Checks a manifest by itself.
    /// - Throws: `MANIFEST_INVALID` for an address; `DENIED` for a kind of content that is not taken.
    func check(_ facts: ManifestFacts) throws(RegistryError) {
        if let addresses, let address = facts.addresses.first(where: { !addresses.takes($0) }) {
            throw .manifestInvalid("a layer may not be kept at \(address)")
        }
        guard let classes, let configuration = facts.configuration else { return }
        let kind = ContentClass(configuration: configuration)
        guard let kind, classes.contains(kind) else {
            let name = kind?.rawValue ?? "\(configuration)"
            var error = RegistryError(.denied, detail: "the registry does not take manifests of this kind: \(name)")
            error.isAboutContent = true
            throw error
        }
    }
}
