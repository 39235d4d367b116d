//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("What has changed")
struct ChangesTests {
    private func effective(_ yaml: String, _ environment: [String: String] = [:]) throws -> EffectiveConfiguration {
        try RegistryConfiguration.inspect(yaml: yaml, file: "config.yml", environment: environment).effective
    }

    @Test("is told by key, in lists and maps too")
    func keys() throws {
        let old = try effective(
            """
            version: 0.1
            storage: {inmemory: {}}
            http: {addr: ":5000", headers: {X-A: [one]}}
            health: {file: [{file: /a}]}
            """
        )
        let new = try effective(
            """
            version: 0.1
            storage: {inmemory: {}, delete: {enabled: true}}
            http: {addr: ":5000", headers: {X-A: [two]}}
            health: {file: [{file: /a}, {file: /b}]}
            """
        )
        let changes = new.changes(since: old)
        for key in ["http.headers.X-A.0", "health.file.1.file", "storage.delete.enabled"] {
            #expect(changes.contains(key), "\(changes)")
        }
        #expect(!changes.contains { $0.hasPrefix("health.file.0") || $0 == "http.addr" })
        #expect(old.changes(since: new).sorted() == changes.sorted())
        #expect(new.changes(since: new).isEmpty)
    }

    @Test("is not where a value comes from, nor a default that is written out")
    func origins() throws {
        let old = try effective(file(http: "secret: a"))
        let new = try effective("# A comment.\n" + file(http: "secret: a, draintimeout: 30s"))
        #expect(new.changes(since: old).isEmpty)
        let variable = try effective(file(), ["REGISTRY_HTTP_SECRET": "a"])
        #expect(variable.changes(since: old).isEmpty)
    }

    @Test("includes secrets, which stay unseen")
    func secrets() throws {
        let (old, new) = (try effective(file(http: "secret: hunter2")), try effective(file(http: "secret: hunter3")))
        #expect(new.changes(since: old) == ["http.secret"])
        #expect(!"\(new)".contains("hunter"))
    }

    @Test("is taken in by a running server, or needs a restart, by key")
    func reload() {
        func isReloaded(_ key: String) -> Bool? { ConfigurationCatalogue.find(key)?.canBeReloaded }
        for key in [
            "log.level", "log.sinks.file.kinds", "auth.htpasswd.path", "auth.policy.rules", "health.file.0.file",
            "http.tls.certificate", "http.headers.X-A", "storage.reserve", "http.timeouts.idle", "tags.maxtags",
            "limits.clientrate", "tracing.sampleratio", "tracing.headers.X-A", "log.sinks.file.maxsize",
            "validation.manifests.urls.allow", "policy.repository.classes",
        ] {
            #expect(isReloaded(key) == true, "\(key)")
        }
        for key in [
            "http.addr", "http.net", "http.debug.addr", "storage.filesystem.rootdirectory", "log.sinks.file.path",
            "limits.maxheadersize", "log.sinks.file.format", "http.control.socket",
        ] {
            #expect(isReloaded(key) == false, "\(key)")
        }
    }
}
