//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryConfiguration

@Suite("The catalogue of keys")
struct CatalogueTests {
    private static let known = {
        let record = ReadingRecord()
        _ = RegistryConfiguration.read(nil, record: record)
        return (supported: Set(record.supportedKeys), refused: Set(record.unsupportedKeys))
    }()

    /// Leaves that have a meaning.
    private static let leaves = ConfigurationCatalogue.keys.filter {
        $0.kind.isLeaf && ConfigurationCatalogue.refusal(of: $0) == nil
    }

    @Test("the catalogue and the reader know the same keys")
    func sameKeys() {
        let keys = ConfigurationCatalogue.keys
        #expect(Set(keys.map(\.path)).count == keys.count)
        let supported = Set(keys.filter { ConfigurationCatalogue.refusal(of: $0) == nil }.map(\.path))
        #expect(supported.subtracting(Self.known.supported).sorted() == [])
        #expect(Self.known.supported.subtracting(supported).sorted() == [])
        #expect(Set(keys.filter { $0.refusal != nil }.map(\.path)) == Self.known.refused)
    }

    @Test("every key is explained")
    func explained() {
        for key in ConfigurationCatalogue.keys {
            #expect(!key.meaning.isEmpty && !key.meaning.contains("|") && !key.meaning.hasSuffix("."), "\(key.path)")
            let text = ConfigurationDocuments.explanation(of: key)
            #expect(text.hasPrefix(key.path + "\n") && text.contains("since"), "\(key.path)")
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= 125 }, "\(key.path)")
            if key.refusal != nil { #expect(text.contains("refused"), "\(key.path)") }
        }
        for key in Self.leaves { #expect(key.sample != nil || key.newName != nil, "\(key.path) has no example") }
    }

    /// A file that sets one key, and a companion where the key has no effect alone.
    private func yaml(_ key: ConfigurationKey, _ value: String?) -> String {
        var root: [(path: [String], value: String)] = [(["version"], "0.1"), (["http", "addr"], "\":5000\"")]
        // One driver, which is the key's own if it is of one.
        let own = Self.drivers.first { key.path == "storage.\($0.name)" || key.path.hasPrefix("storage.\($0.name).") }
        root +=
            own.map { own in own.least.map { (["storage", own.name, $0.0], $0.1) } }
            ?? [(["storage", "filesystem"], "{}")]
        root += (Self.companions.first { key.path.hasPrefix($0.prefix) }?.values ?? []).map {
            ($0.0.split(separator: ".").map(String.init), $0.1)
        }
        let path = key.path.replacing("[]", with: ".[]").split(separator: ".").map(String.init)
        root.removeAll { $0.path == path }
        if let value { root.append((path, value)) }
        return flow(root)
    }

    /// The smallest map in which all paths have their values, in YAML's form on one line.
    private func flow(_ values: [(path: [String], value: String)]) -> String {
        if values.count == 1, let only = values.first, only.path.isEmpty { return only.value }
        var names: [String] = []
        for value in values { if let name = value.path.first, !names.contains(name) { names.append(name) } }
        let members = names.map { name in
            let inside = flow(values.filter { $0.path.first == name }.map { (Array($0.path.dropFirst()), $0.value) })
            return name == "[]" ? inside : "\(name): \(inside)"
        }
        return names == ["[]"] ? "[\(members.joined())]" : "{\(members.joined(separator: ", "))}"
    }

    /// The drivers that cannot do without a parameter, with the least they need.
    private static let drivers: [(name: String, least: [(String, String)])] = [
        ("s3", [("bucket", "b"), ("region", "eu-1")]), ("s3aws", [("bucket", "b"), ("region", "eu-1")]),
        ("azure", [("accountname", "a"), ("container", "c")]), ("gcs", [("bucket", "b")]),
        ("swift", swiftUser + [("container", "c")]),
        ("oss", [("bucket", "b"), ("region", "eu-1")]),
    ]
    private static let certificate = [("http.tls.certificate", "/c"), ("http.tls.key", "/k")]
    private static let companions: [(prefix: String, values: [(String, String)])] = [
        ("http.tls.letsencrypt", [("http.tls.letsencrypt.cachefile", "/a"), ("http.tls.letsencrypt.hosts", "[a]")]),
        ("http.tls.clientauth", certificate + [("http.tls.clientcas", "[/ca]")]),
        ("http.tls", certificate),
        ("http.debug", [("http.debug.addr", "\":1\"")]),
        ("storage.s3.accesskey", accessKey("s3")), ("storage.s3.secretkey", accessKey("s3")),
        ("storage.s3.sessiontoken", accessKey("s3")),
        ("storage.s3aws.accesskey", accessKey("s3aws")), ("storage.s3aws.secretkey", accessKey("s3aws")),
        ("storage.s3aws.sessiontoken", accessKey("s3aws")),
        ("storage.azure.credentials.type", [("storage.azure.accountkey", "a2V5")]),
        ("storage.azure.credentials.clientid", [("storage.azure.credentials.type", "default_credentials")]),
        ("storage.azure.credentials", azureClient),
        (
            "storage.gcs.credentials",
            [("storage.gcs.credentials.client_email", "a@b"), ("storage.gcs.credentials.private_key", "k")]
        ),
        ("storage.swift.applicationcredential", swiftApplication),
        ("storage.oss.accesskey", ossKey), ("storage.oss.securitytoken", ossKey),
        ("storage.cache.blobdescriptorsize", [("storage.cache.blobdescriptor", "inmemory")]),
        ("storage.maintenance.retention.enabled", retention),
        ("storage.maintenance.retention.rules[]", retention),
        ("log.sinks.file", [("log.sinks.file.path", "/l")]),
        ("log.spill", [("log.spill.path", "/s")]),
        ("health.file[]", [("health.file.[].file", "/f")]),
        ("health.http[]", [("health.http.[].uri", "http://h")]),
        ("health.tcp[]", [("health.tcp.[].addr", "\"h:1\"")]),
        ("storage.cache.local", [("storage.cache.local.path", "/c"), ("storage.cache.local.size", "1GiB")]),
        ("limits.clientburst", [("limits.clientrate", "5")]),
        ("limits.userburst", [("limits.userrate", "5")]),
        (
            "validation.manifests.indexes.platformlist[]",
            [
                ("validation.manifests.indexes.platforms", "list"),
                ("validation.manifests.indexes.platformlist.[].os", "o"),
                ("validation.manifests.indexes.platformlist.[].architecture", "a"),
            ]
        ),
        ("middleware.registry[]", [("middleware.registry.[].name", "m"), ("middleware.registry.[].disabled", "true")]),
        (
            "middleware.repository[]",
            [("middleware.repository.[].name", "m"), ("middleware.repository.[].disabled", "true")]
        ),
        ("middleware.storage[]", [("middleware.storage.[].name", "m"), ("middleware.storage.[].disabled", "true")]),
        ("tracing", [("tracing.endpoint", "http://c")]),
        ("auth.silly", [("auth.silly.realm", "r"), ("auth.silly.service", "s")]),
        ("auth.htpasswd", [("auth.htpasswd.realm", "r"), ("auth.htpasswd.path", "/p")]),
        ("auth.token.autoredirectpath", token + [("auth.token.autoredirect", "true")]),
        ("auth.token", token),
        ("auth.policy.rules[].groups", rule + [("auth.policy.groups", "{build: [ci]}")]),
        ("auth.policy.rules[]", rule),
        (
            "auth.policy.immutabletags[]",
            [
                ("auth.none", "{}"), ("auth.policy.immutabletags.[].repositories", "[a]"),
                ("auth.policy.immutabletags.[].tags", "[a]"),
            ]
        ),
        ("auth.policy", [("auth.none", "{}")]),
        ("notifications.endpoints[].tls.certificate", endpoint + [("notifications.endpoints.[].tls.key", "/k")]),
        ("notifications.endpoints[].tls.key", endpoint + [("notifications.endpoints.[].tls.certificate", "/c")]),
        ("notifications.endpoints[]", endpoint),
        ("reports.schedule[].name", [("reports.schedule.[].directory", "/d")]),
        ("reports.schedule[].directory", [("reports.schedule.[].name", "a")]),
        ("reports.schedule[].repository", [("reports.schedule.[].name", "a")]),
        ("reports.schedule[]", [("reports.schedule.[].name", "a"), ("reports.schedule.[].directory", "/d")]),
    ]
    private static func accessKey(_ driver: String) -> [(String, String)] {
        [("storage.\(driver).accesskey", "a"), ("storage.\(driver).secretkey", "s")]
    }
    private static let azureClient = [
        ("storage.azure.credentials.type", "client_secret"), ("storage.azure.credentials.clientid", "i"),
        ("storage.azure.credentials.tenantid", "t"), ("storage.azure.credentials.secret", "s"),
    ]
    private static let swiftUser = [("username", "u"), ("password", "p"), ("authurl", "http://h/v3")]
    private static let swiftApplication = [
        ("storage.swift.applicationcredentialid", "i"), ("storage.swift.applicationcredentialsecret", "s"),
    ]
    private static let ossKey = [("storage.oss.accesskeyid", "a"), ("storage.oss.accesskeysecret", "s")]
    private static let endpoint = [
        ("notifications.endpoints.[].name", "a"), ("notifications.endpoints.[].url", "http://h"),
    ]
    private static let token = [
        ("auth.token.realm", "r"), ("auth.token.service", "s"), ("auth.token.issuer", "i"), ("auth.token.jwks", "/k"),
    ]
    private static let retention = [
        ("storage.maintenance.retention.rules.[].repositories", "[a]"),
        ("storage.maintenance.retention.rules.[].keep.latest", "1"),
    ]
    private static let rule = [
        ("auth.none", "{}"), ("auth.policy.rules.[].repositories", "[a]"), ("auth.policy.rules.[].users", "[a]"),
        ("auth.policy.rules.[].actions", "[push]"),
    ]

    @Test("a default is what holds where the key is left out", arguments: leaves.filter { $0.defaultValue != nil })
    func defaults(key: ConfigurationKey) throws {
        guard !key.path.hasPrefix("middleware") else { return }
        #expect(try load(yaml(key, key.defaultValue)) == load(yaml(key, nil)), "\(key.path)")
    }

    @Test("an example is accepted, and makes a difference", arguments: leaves.filter { $0.example != nil })
    func examples(key: ConfigurationKey) throws {
        let with = yaml(key, key.example)
        #expect(problems(with) == [], "\(with)")
        // Only middleware that is disabled is taken, and what is required cannot be left out.
        let isWithoutEffect = key.path.hasPrefix("middleware") || key.isRequired || key.newName == "validation.disabled"
        let isStandard = key.path == "loglevel" || key.path.hasPrefix("log.sinks.stdout.kinds")
        guard !isWithoutEffect, !isStandard, let plain = try? load(yaml(key, nil)) else { return }
        #expect(try load(with) != plain, "\(key.path)")
    }

    @Test("a truth value makes a difference", arguments: leaves.filter { $0.kind == .truth })
    func truth(key: ConfigurationKey) throws {
        // There is no other signature than version 4.
        let isFixed = key.path == "validation.enabled" || key.path.hasSuffix(".v4auth")
        guard !key.path.hasPrefix("middleware"), !isFixed else { return }
        let other = key.defaultValue == "true" ? "false" : "true"
        #expect(try load(yaml(key, other)) != load(yaml(key, nil)), "\(key.path)")
    }

    @Test(
        "keys are found as people write them",
        arguments: [
            ("http.tls.minimumtls", "http.tls.minimumtls"), ("HTTP.Addr", "http.addr"),
            ("REGISTRY_HTTP_ADDR", "http.addr"), ("health.file.0.interval", "health.file[].interval"),
            ("health.file[2].interval", "health.file[].interval"), ("health.file[].file", "health.file[].file"),
            ("REGISTRY_HEALTH_HTTP_1_URI", "health.http[].uri"), ("log.fields.site", "log.fields"),
            ("http.tls.ciphersuites.0", "http.tls.ciphersuites"), ("redis.addrs", "redis.addrs"),
        ]
    )
    func find(name: String, path: String) {
        #expect(ConfigurationCatalogue.find(name)?.path == path)
    }

    @Test("a slip of the pen leads to the key that was meant")
    func slips() {
        for name in ["http.adr", "certificates", "", "http.addr.x", "health.file.x.file", "http..addr.tls"] {
            #expect(ConfigurationCatalogue.find(name) == nil, "\(name)")
        }
        #expect(ConfigurationCatalogue.suggestions(for: "http.adr") == ["http.addr"])
        #expect(ConfigurationCatalogue.suggestions(for: "REGISTRY_HTTP_ADRR") == ["http.addr"])
        #expect(ConfigurationCatalogue.suggestions(for: "clientcas") == ["http.tls.clientcas"])
        #expect(ConfigurationCatalogue.suggestions(for: "nothing.like.it") == [])
    }
}
