//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One key of the configuration, as people and editors are told of it.
package struct ConfigurationKey: Sendable {
    /// The key in dotted form; `[]` stands for any place in a list, `*` for any key of a map: `health.file[].interval`.
    package let path: String
    package let kind: ConfigurationKind
    /// What the key does, in one line that can follow its name.
    package let meaning: String
    /// What holds where the key is left out, as YAML; nil where that is nothing.
    package var defaultValue: String?
    /// A value that is worth a look, as YAML; nil where the default is as good.
    package var example: String?
    /// What holds where the key is left out, in words, where a value cannot tell it.
    package var defaultWords: String?
    package var generation = Generation.both
    /// Whether a running server takes a new value in.
    package var canBeReloaded = false
    package var isSecret = false
    package var isRequired = false
    /// An older name of the same, which holds where this one is not given.
    package var oldName: String?
    /// The name by which it is better called.
    package var newName: String?
    /// Why Plimsoll can't do it, and what to do instead; nil for a key that has a meaning.
    package var refusal: String?
    /// What the template has in force; nil leaves the key commented out there.
    package var templateValue: String?
    /// What a value as it was written stands for.
    var effective: (@Sendable (String) -> String)?

    /// Where a key comes from.
    package enum Generation: String, Sendable, CaseIterable {
        /// Distribution 2 and 3.
        case both = "v2, v3"
        case version2 = "v2"
        case version3 = "v3"
        /// Plimsoll's own.
        case plimsoll = "Plimsoll"
    }

    init(
        _ path: String,
        _ kind: ConfigurationKind,
        _ meaning: String,
        default defaultValue: String? = nil,
        example: String? = nil,
        defaultWords: String? = nil,
        _ generation: Generation = .both
    ) {
        self.path = path
        self.kind = kind
        self.meaning = meaning
        self.defaultValue = defaultValue
        self.example = example
        self.defaultWords = defaultWords
        self.generation = generation
    }

    /// What may stand behind the key, as YAML: the example, or else the default.
    package var sample: String? { example ?? defaultValue }
}

// How the catalogue says the rarer things.
extension ConfigurationKey {
    func reloadable() -> ConfigurationKey { with { $0.canBeReloaded = true } }
    func secret() -> ConfigurationKey { with { $0.isSecret = true } }
    func required() -> ConfigurationKey { with { $0.isRequired = true } }
    func replacing(_ oldName: String) -> ConfigurationKey { with { $0.oldName = oldName } }
    func replaced(by newName: String) -> ConfigurationKey { with { $0.newName = newName } }
    func refused(_ reason: String) -> ConfigurationKey { with { $0.refusal = reason } }
    /// For what distribution takes 0 as the default of.
    func zeroIsDefault() -> ConfigurationKey {
        with { key in
            let standard = key.defaultValue ?? "0"
            key.effective = { $0 == "0" ? standard : $0 }
        }
    }

    func effective(_ change: @escaping @Sendable (String) -> String) -> ConfigurationKey {
        with { $0.effective = change }
    }

    func template(_ value: String) -> ConfigurationKey { with { $0.templateValue = value } }

    private func with(_ change: (inout ConfigurationKey) -> Void) -> ConfigurationKey {
        var key = self
        change(&key)
        return key
    }
}
