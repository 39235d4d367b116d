//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Where events are posted to")
struct NotificationSettingsTests {
    private func yaml(_ notifications: String, storage: String = "{filesystem: {rootdirectory: /data}}") -> String {
        """
        version: 0.1
        storage: \(storage)
        http: {addr: ":5000"}
        notifications: \(notifications)
        """
    }

    private func endpoint(_ more: String) -> String {
        yaml("{endpoints: [{name: ci, url: 'https://ci.example.org/hook'\(more.isEmpty ? "" : ", " + more)}]}")
    }

    @Test("an endpoint has distribution's defaults, and ours")
    func defaults() throws {
        let settings = try load(endpoint("")).notifications
        #expect(!settings.includesReferences && settings.history == .seconds(86_400))
        let one = try #require(settings.endpoints.first)
        #expect(one == NotificationSettings.Endpoint(name: "ci", url: "https://ci.example.org/hook"))
        #expect(one.timeout == .seconds(1) && one.threshold == 10 && one.backoff == .seconds(1))
        #expect(one.maxRetries == nil && one.parallel == 4 && one.batch.size == 1 && one.batch.wait == .zero)
        #expect(one.queue.count == 1_000_000 && one.queue.bytes == 1 << 30 && one.queue.age == .seconds(604_800))
        #expect(one.deadLetters.count == 100_000 && one.deadLetters.age == .seconds(30 * 86_400))
        // What is 0 is the default, as in distribution.
        let zero = try load(endpoint("timeout: 0s, threshold: 0, backoff: 0s, maxretries: 0")).notifications.endpoints
        #expect(zero == [one])
        #expect(try load(yaml("{}")).notifications == NotificationSettings())
    }

    @Test("takes all of distribution's keys")
    func distribution() throws {
        let settings = try load(
            yaml(
                """
                {events: {includereferences: true}, endpoints: [{name: ci, url: "http://h/x?token=t", timeout: 500ms,
                  headers: {Authorization: [Bearer t], X-Two: [a, b]}, threshold: 5, backoff: 2s,
                  ignoredmediatypes: [Application/Octet-Stream],
                  ignore: {mediatypes: [application/json], actions: [pull]}}]}
                """
            )
        ).notifications
        let one = try #require(settings.endpoints.first)
        #expect(settings.includesReferences)
        #expect(one.headers.map(\.name) == ["Authorization", "X-Two", "X-Two"])
        #expect(one.headers.map(\.value.exposed) == ["Bearer t", "a", "b"])
        #expect(one.timeout == .milliseconds(500) && one.threshold == 5 && one.backoff == .seconds(2))
        #expect(one.filter.ignoredMediaTypes == ["application/octet-stream", "application/json"])
        #expect(one.filter.ignoredActions == ["pull"])
    }

    @Test("takes our own keys")
    func own() throws {
        let more = """
            format: cloudevents, secret: whsec_c2VjcmV0, batch: {size: 50, wait: 1s}, parallel: 8, maxretries: 20,
              repositories: [team/**], actions: [push, delete], queue: {count: 0, bytes: 10MiB, age: 0s},
              deadletters: {count: 5, age: 0s},
              tls: {rootcas: [/ca.pem], certificate: /c.pem, key: /k.pem, minimumtls: tls1.3}
            """
        let one = try #require(try load(endpoint(more)).notifications.endpoints.first)
        #expect(one.format == .cloudEvents && one.secret?.exposed == "whsec_c2VjcmV0")
        #expect(one.batch.size == 50 && one.batch.wait == .seconds(1) && one.parallel == 8 && one.maxRetries == 20)
        #expect(one.filter.repositories == ["team/**"] && one.filter.actions == ["push", "delete"])
        #expect(one.queue.count == nil && one.queue.bytes == 10 << 20 && one.queue.age == nil)
        #expect(one.deadLetters.count == 5 && one.deadLetters.age == nil)
        #expect(one.tls.rootCAs == ["/ca.pem"] && one.tls.certificate == "/c.pem" && one.tls.key == "/k.pem")
        #expect(one.tls.minimumVersion == .tls13)
    }

    @Test(
        "refuses what would lose events, or send them wrongly",
        arguments: [
            ("format: xml", "must be distribution, cloudevents"), ("batch: {size: 0}", "batch.size"),
            ("batch: {size: 5000}", "at most 1000"), ("format: cloudevents-binary, batch: {size: 2}", "one event"),
            ("actions: [rename]", "must be push, pull, mount or delete"), ("parallel: 0", "parallel"),
            ("ignore: {actions: [Push]}", "must be push"), ("repositories: ['a b']", "wildcards"),
            ("secret: s, secretfile: /s", "cannot be given together"), ("tls: {key: /k}", "both certificate and key"),
            ("tls: {minimumtls: tls1.0}", "must be tls1.2"), ("queue: {size: 3}", "unknown key"),
            ("headers: {'a b': [c]}", "no header name"), ("headers: {X: [\"a\\nb\"]}", "line breaks"),
            ("maxretires: 3", "did you mean \"maxretries\""),
        ]
    )
    func refused(_ more: String, _ words: String) {
        let found = problems(endpoint(more))
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test("an endpoint needs a name of its own, and an address")
    func names() {
        #expect(problems(yaml("{endpoints: [{url: 'http://h'}]}")).contains { $0.contains("name: is required") })
        #expect(problems(yaml("{endpoints: [{name: a}]}")).contains { $0.contains("url: is required") })
        #expect(problems(yaml("{endpoints: [{name: a, url: 'ftp://h'}]}")).contains { $0.contains("must be a URL") })
        let twice = problems(yaml("{endpoints: [{name: a, url: 'http://h'}, {name: a, url: 'http://i'}]}"))
        #expect(twice.contains { $0.contains("is the name of another endpoint") })
    }

    @Test("of an endpoint that is switched off nothing needs to be right but the keys")
    func disabled() throws {
        let off = "{endpoints: [{disabled: true, url: nowhere, timeout: never}, {name: b, disabled: true}]}"
        #expect(try load(yaml(off)).notifications.endpoints.isEmpty)
        #expect(try load(yaml(off, storage: "inmemory")).notifications.endpoints.isEmpty)
        #expect(!problems(yaml("{endpoints: [{disabled: true, uri: x}]}")).isEmpty)
    }

    @Test("events need no ledger, as in distribution, which has none")
    func ledger() throws {
        let list = "{endpoints: [{name: a, url: 'http://h'}]}"
        #expect(try load(yaml(list, storage: "inmemory")).notifications.endpoints.count == 1)
        #expect(try load(yaml(list) + "\nledger: {enabled: false}").notifications.endpoints.count == 1)
    }

    @Test("secrets show nowhere")
    func secrets() throws {
        let text = endpoint("headers: {X-Key: [hunter2]}, secret: hunter2")
        let reading = try RegistryConfiguration.inspect(yaml: text, file: "config.yml", environment: [:])
        #expect(!"\(reading.configuration)".contains("hunter2"))
        #expect(!(reading.effective.yaml + reading.effective.json).contains("hunter2"))
    }
}
