//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// What manifests are checked for when they are pushed.
package struct ValidationSettings: Sendable, Equatable {
    /// Whether none of this is done.
    package var disabled: Bool
    /// Rules for the addresses of layers that are kept elsewhere; nil where the configuration has none.
    package var urls: URLRules?
    /// Which manifests of an index must be there.
    package var platforms: Platforms

    /// Creates settings; what is left out has its default.
    package init(disabled: Bool = false, urls: URLRules? = nil, platforms: Platforms = .all) {
        self.disabled = disabled
        self.urls = urls
        self.platforms = platforms
    }

    /// Regular expressions, found anywhere in an address.
    package struct URLRules: Sendable, Equatable {
        /// One of these must match, unless there is none.
        package var allow: [Pattern]
        /// None of these may match.
        package var deny: [Pattern]

        /// Creates rules.
        package init(allow: [Pattern] = [], deny: [Pattern] = []) {
            self.allow = allow
            self.deny = deny
        }
    }

    /// Which manifests of an index must be there.
    package enum Platforms: Sendable, Equatable {
        case all
        case none
        case only([Platform])
    }

    /// What a manifest of an index runs on.
    package struct Platform: Sendable, Equatable {
        package var os: String
        package var architecture: String

        /// Creates a platform.
        package init(os: String, architecture: String) {
            self.os = os
            self.architecture = architecture
        }
    }
}

extension ValidationSettings {
    private enum PlatformsWord: String, CaseIterable {
        case all, none, list
    }

    /// Reads the section `validation`.
    init(reading validation: SectionReader) {
        self.init()
        disabled = validation.boolean("disabled", default: disabled)
        if let entry = validation.entry("enabled"), !validation.boolean("enabled", default: true), !disabled {
            let message = "has no effect in distribution; to do without the checks, write disabled: true"
            validation.report(message, at: "enabled", origin: entry.node.origin)
        }
        validation.section("manifests") { manifests in
            urls = manifests.section("urls") { urls in
                let parse = { (scalar: ConfigurationNode.Scalar) throws(InvalidValue) in try scalar.pattern() }
                let rules = URLRules(allow: urls.values("allow", parse), deny: urls.values("deny", parse))
                return rules == URLRules() ? nil : rules
            }
            platforms = manifests.section("indexes", Self.platforms(in:))
        }
    }

    private static func platforms(in indexes: SectionReader) -> Platforms {
        let list = indexes.sections("platformlist") { platform in
            Platform(os: platform.requiredText("os"), architecture: platform.requiredText("architecture"))
        }
        let word = indexes.value("platforms", default: PlatformsWord.all) { scalar throws(InvalidValue) in
            scalar.text.isEmpty ? .all : try scalar.word(of: PlatformsWord.self)
        }
        if let entry = indexes.entry("platformlist"), !entry.node.isEmpty, word != .list {
            indexes.report("has no effect without platforms: list", at: "platformlist", origin: entry.keyOrigin)
        }
        switch word {
        case .all: return .all
        case .none: return .none
        case .list: return .only(list)
        }
    }
}
