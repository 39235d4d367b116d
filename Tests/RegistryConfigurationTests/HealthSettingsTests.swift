//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section health")
struct HealthSettingsTests {
    @Test("takes checks of every kind")
    func all() throws {
        let yaml = """
            health:
              file:
                - file: /run/down
                - {file: /run/down2, interval: 1s}
              http:
                - uri: https://a.example.com:8443/health?x=1
                  headers: {X-A: [b, c]}
                  statuscode: 204
                  timeout: 1s
                  interval: 2s
                  threshold: 3
              tcp:
                - {addr: "redis:6379", timeout: 0, interval: 0}
            """
        let health = try load(file(yaml)).health
        #expect(health.files == [.init(path: "/run/down"), .init(path: "/run/down2", interval: .seconds(1))])
        #expect(
            health.http == [
                .init(
                    url: "https://a.example.com:8443/health?x=1",
                    headers: [.init(name: "X-A", value: Secret("b")), .init(name: "X-A", value: Secret("c"))],
                    status: 204,
                    timeout: .seconds(1),
                    interval: .seconds(2),
                    threshold: 3
                )
            ]
        )
        #expect(health.tcp == [.init(address: ListenAddress(host: "redis", port: 6379))])
        #expect(try load(file("health: {file: [], http: , tcp: []}")).health == HealthSettings())
    }

    @Test("refuses checks of nothing, each at its place")
    func bad() {
        let yaml = """
            health:
              file: [{}]
              http:
                - uri: x
                - {uri: "http://a/#b", statuscode: 99, headers: {X: y}}
                - {uri: "http://a", timeuot: 1s}
              tcp: [{addr: ":5"}, {addr: "a:0"}, a]
            """
        #expect(
            problems(file(yaml)) == [
                "config.yml:5: health.file.0.file: is required",
                "config.yml:7: health.http.0.uri: must be a URL such as https://registry.example.com",
                "config.yml:8: health.http.1.uri: must have no spaces, control characters or # in it",
                "config.yml:8: health.http.1.headers.X: must be a list of values, as in [nosniff]",
                "config.yml:8: health.http.1.statuscode: must be a status from 100 to 599",
                "config.yml:9: health.http.2.timeuot: unknown key; did you mean \"timeout\"?",
                "config.yml:10: health.tcp.0.addr: must name a host and a port, as in 127.0.0.1:6379",
                "config.yml:10: health.tcp.1.addr: must name a host and a port, as in 127.0.0.1:6379",
                "config.yml:10: health.tcp.2: must be a map of keys",
                "config.yml:10: health.tcp.2.addr: is required",
            ]
        )
        #expect(problems(file("health: {file: /x}")) == ["config.yml:4: health.file: must be a list of sections"])
    }

    @Test("is reached by variables, in the order of the places")
    func variables() throws {
        let places = (0...11).map { ("REGISTRY_HEALTH_FILE_\($0)_FILE", "/f\($0)") }
        var environment = Dictionary(uniqueKeysWithValues: places)
        environment["REGISTRY_HEALTH_TCP"] = #"[{"addr": "a:1"}, {"addr": "b:2", "threshold": 4}]"#
        environment["REGISTRY_HEALTH_TCP_1_THRESHOLD"] = "5"
        let health = try load(file(), environment: environment).health
        #expect(health.files.map(\.path) == (0...11).map { "/f\($0)" })
        #expect(health.tcp.map(\.threshold) == [0, 5])
        #expect(
            problems(file("health: {file: []}"), environment: ["REGISTRY_HEALTH_FILE_1_FILE": "/x"]) == [
                "REGISTRY_HEALTH_FILE_1_FILE: health.file.1.file: \"1\" is no place in a list of 0"
            ]
        )
    }
}
