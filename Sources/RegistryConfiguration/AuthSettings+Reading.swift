//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension AuthSettings {
    private static let schemes = ["none", "silly", "htpasswd", "token"]

    /// Reads the section `auth`.
    ///
    /// Whatever is written there and does not make a whole scheme is refused: the registry would be open to everybody.
    init(reading auth: SectionReader) {
        self.init()
        let given = auth.unreadEntries.filter { $0.key != "policy" }
        let meant = given.first { Self.schemes.contains($0.key) }
        auth.ifGiven("none") { _ in }
        let silly = auth.ifGiven("silly", SillySettings.init(reading:))
        let htpasswd = auth.ifGiven("htpasswd", HtpasswdSettings.init(reading:))
        let token = auth.ifGiven("token", TokenSettings.init(reading:))
        switch meant?.key {
        case "silly": scheme = silly.map { .silly($0) } ?? .none
        case "htpasswd": scheme = htpasswd.map { .htpasswd($0) } ?? .none
        case "token": scheme = token.map { .token($0) } ?? .none
        default: scheme = .none
        }
        for entry in given where Self.schemes.contains(entry.key) && entry.key != meant?.key {
            auth.report(
                "a second scheme beside \(meant?.key.printable ?? ""); exactly one is allowed",
                at: entry.key,
                origin: entry.keyOrigin
            )
        }
        policy = auth.ifGiven("policy", Self.policy) ?? nil
        if meant == nil, !auth.isEmpty {
            auth.report("needs exactly one scheme: \(Self.schemes.joined(separator: ", "))")
        }
    }

    private static func policy(reading section: SectionReader) -> PolicySource? {
        let file = section.value("file", default: "") { $0.text }
        let rules = PolicySettings(reading: section)
        guard !file.isEmpty else { return .inline(rules) }
        if section.keys.count > 1 { section.report("has either file or rules of its own, not both") }
        return .file(file)
    }
}

extension SillySettings {
    init(reading silly: SectionReader) {
        self.init(
            realm: silly.requiredText("realm", example: "silly"),
            service: silly.requiredText("service", example: "registry.example.com")
        )
    }
}

extension HtpasswdSettings {
    init(reading htpasswd: SectionReader) {
        self.init(
            realm: htpasswd.requiredText("realm", example: "registry"),
            path: htpasswd.requiredText("path", example: "/etc/plimsoll/htpasswd")
        )
    }
}

extension SectionReader {
    /// Reads a text that must be there and can stand in a header.
    func requiredText(_ key: String, example: String) -> String {
        required(key, default: "", message: "is required, such as \(key): \(example)") { scalar throws(InvalidValue) in
            guard scalar.text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
                throw InvalidValue("must have no line breaks or control characters")
            }
            return scalar.text
        }
    }

    /// Reads a list of single values; one value alone is a list of one.
    func texts<Value>(
        _ key: String,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> Value
    ) -> [Value] {
        guard let node = entry(key)?.node else { return [] }
        let items =
            switch node.value {
            case .null: [ConfigurationNode]()
            case .list(let items): items
            case .scalar, .map: [node]
            }
        return items.compactMap { item in
            value(of: item, at: key, default: Value?.none) { scalar throws(InvalidValue) in try parse(scalar) }
        }
    }
}
