//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The environment")
struct EnvironmentTests {
    private static let filesystem = """
        version: 0.1
        storage:
          filesystem: {rootdirectory: /srv}
          delete: {enabled: true}
          cache: {blobdescriptor: inmemory}
        http:
          addr: ":5000"
          headers:
            X-A: [one, two]
        log:
          fields: {Site: bremen}
        """

    private func load(_ environment: [String: String]) throws -> RegistryConfiguration {
        try RegistryConfiguration.load(yaml: Self.filesystem, file: "config.yml", environment: environment)
    }

    private func problems(_ environment: [String: String]) -> [String] {
        RegistryConfigurationTests.problems(Self.filesystem, environment: environment)
    }

    @Test("replaces values of the file")
    func replaces() throws {
        let configuration = try load([
            "REGISTRY_HTTP_ADDR": "127.0.0.1:1",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/x",
            "REGISTRY_STORAGE_DELETE_ENABLED": "false",
            "REGISTRY_LOGLEVEL": "debug",
            "HOME": "/root",
            "registry_http_addr": "ignored",
        ])
        #expect(configuration.http.address == ListenAddress(host: "127.0.0.1", port: 1))
        #expect(configuration.storage.driver == .filesystem(FilesystemSettings(rootDirectory: "/x")))
        #expect(!configuration.storage.deleteEnabled)
        #expect(configuration.log.level == .debug)
    }

    @Test("makes the sections on the way")
    func makesSections() throws {
        let configuration = try load([
            "REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED": "true",
            "REGISTRY_HTTP_DEBUG_ADDR": ":5001",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED": "true",
            "REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL": "3s",
        ])
        #expect(configuration.storage.readOnly)
        #expect(configuration.http.debug?.address.port == 5001)
        #expect(configuration.http.debug?.prometheus.enabled == true)
        #expect(configuration.health.storageDriver.interval == .seconds(3))
    }

    @Test("makes sections where the file has null")
    func nullSections() throws {
        let yaml = "version: 0.1\nstorage:\n  filesystem:\n  maintenance:\n    readonly:\nhttp: {addr: \":1\"}"
        let environment = [
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/x", "REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED": "true",
        ]
        let storage = try RegistryConfiguration.load(yaml: yaml, file: "f", environment: environment).storage
        #expect(storage.driver == .filesystem(FilesystemSettings(rootDirectory: "/x")))
        #expect(storage.readOnly)
    }

    @Test("can be all there is beside the version")
    func everything() throws {
        let environment = ["REGISTRY_STORAGE": "inmemory", "REGISTRY_HTTP_ADDR": ":0"]
        let configuration = try RegistryConfiguration.load(yaml: "version: 0.1", file: "f", environment: environment)
        #expect(configuration.storage.driver == .inMemory)
        #expect(configuration.http.address.port == 0)
    }

    @Test("replaces whole sections, before what is inside of them")
    func wholeSections() throws {
        let configuration = try load([
            "REGISTRY_HTTP": "{addr: \":7\", relativeurls: true, draintimeout: 1s}",
            "REGISTRY_HTTP_DRAINTIMEOUT": "2s",
            "REGISTRY_STORAGE_MAINTENANCE_READONLY": #"{"enabled": true}"#,
        ])
        #expect(configuration.http.address.port == 7)
        #expect(configuration.http.relativeURLs)
        #expect(configuration.http.drainTimeout == .seconds(2))
        #expect(configuration.http.headers.isEmpty)
        #expect(configuration.storage.readOnly)
    }

    @Test("reaches into lists")
    func lists() throws {
        func headers(_ environment: [String: String]) throws -> [HTTPHeaderSetting] {
            try load(environment).http.headers
        }
        #expect(
            try headers(["REGISTRY_HTTP_HEADERS_X-A_1": "TWO"]) == [
                HTTPHeaderSetting(name: "X-A", values: ["one", "TWO"])
            ]
        )
        #expect(
            try headers(["REGISTRY_HTTP_HEADERS_X-A_2": "three"]) == [
                HTTPHeaderSetting(name: "X-A", values: ["one", "two", "three"])
            ]
        )
        #expect(
            try headers(["REGISTRY_HTTP_HEADERS_X-B_0": "new"]) == [
                HTTPHeaderSetting(name: "X-A", values: ["one", "two"]), HTTPHeaderSetting(name: "x-b", values: ["new"]),
            ]
        )
        #expect(
            problems(["REGISTRY_HTTP_HEADERS_X-A_3": "x"]) == [
                "REGISTRY_HTTP_HEADERS_X-A_3: http.headers.x-a.3: \"3\" is no place in a list of 2"
            ]
        )
        #expect(
            problems(["REGISTRY_HTTP_HEADERS_X-A_-1": "x"]) == [
                "REGISTRY_HTTP_HEADERS_X-A_-1: http.headers.x-a.-1: \"-1\" is no place in a list of 2"
            ]
        )
    }

    @Test("reaches into maps of free keys, without regard to case")
    func freeMaps() throws {
        let configuration = try load([
            "REGISTRY_LOG_FIELDS_SITE": "hamburg", "REGISTRY_LOG_FIELDS_RACK": "7",
            "REGISTRY_HTTP_HEADERS": "{X-C: [d]}",
        ])
        #expect(configuration.log.fields == ["Site": "hamburg", "rack": "7"])
        #expect(configuration.http.headers == [HTTPHeaderSetting(name: "X-C", values: ["d"])])
    }

    @Test("selects the driver, and keeps the keys beside it")
    func driver() throws {
        let storage = try load(["REGISTRY_STORAGE": "inmemory"]).storage
        #expect(storage.driver == .inMemory)
        #expect(storage.deleteEnabled)
        #expect(storage.descriptorCache == .inMemory(size: 10_000))
    }

    @Test("selecting the driver that is there keeps its parameters")
    func sameDriver() throws {
        let storage = try load(["REGISTRY_STORAGE": "filesystem", "REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS": "30"])
            .storage
        #expect(storage.driver == .filesystem(FilesystemSettings(rootDirectory: "/srv", maxThreads: 30)))
    }

    @Test("a second driver without a selection is refused")
    func secondDriver() {
        let message = "storage.inmemory: a second storage driver beside filesystem; exactly one is allowed"
        #expect(problems(["REGISTRY_STORAGE_INMEMORY": "{}"]) == ["REGISTRY_STORAGE_INMEMORY: \(message)"])
        for stranger in ["cephfs", "delete"] {
            #expect(
                problems(["REGISTRY_STORAGE": stranger]).first?.contains(
                    "unknown storage driver \"\(stranger)\", known: filesystem, s3, azure, gcs, swift, oss, inmemory"
                ) == true
            )
        }
    }

    @Test("an empty value is null")
    func emptyValue() throws {
        #expect(try load(["REGISTRY_HTTP_HEADERS": "", "REGISTRY_HTTP_SECRET": ""]).http.headers.isEmpty)
    }

    @Test("values of the wrong form are refused")
    func badValues() {
        #expect(
            problems(["REGISTRY_STORAGE_DELETE_ENABLED": "maybe"]) == [
                "REGISTRY_STORAGE_DELETE_ENABLED: storage.delete.enabled: must be true or false, not \"maybe\""
            ]
        )
        #expect(
            problems(["REGISTRY_HTTP_ADDR_PORT": "1"]) == [
                "REGISTRY_HTTP_ADDR_PORT: http.addr.port: this variable points below a single value, which has no keys"
            ]
        )
        #expect(
            problems(["REGISTRY_STORAGE_DELETE": "true"]) == [
                "REGISTRY_STORAGE_DELETE: storage.delete: must be a map of keys"
            ]
        )
        #expect(
            problems(["REGISTRY_LOG_FIELDS": "{a: b, a: c}"]) == [
                """
                REGISTRY_LOG_FIELDS: log.fields: "a" is given more than once, the first time here; \
                put text with special characters in quotes
                """
            ]
        )
    }

    @Test("a secret that is no YAML stays secret")
    func secret() {
        let lines = problems(["REGISTRY_HTTP_SECRET": "@hunter2: ["])
        #expect(
            lines == [
                """
                REGISTRY_HTTP_SECRET: http.secret: not valid YAML: found character that cannot start any token; \
                put text with special characters in quotes
                """
            ]
        )
        #expect(
            problems(["REGISTRY_HTTP_SECRET": "[hunter2]"]) == [
                "REGISTRY_HTTP_SECRET: http.secret: must be a single value"
            ]
        )
    }

    @Test("unknown variables are refused, with the one that was meant")
    func unknown() {
        #expect(
            problems(["REGISTRY_HTTP_ADRR": "x"]) == [
                "REGISTRY_HTTP_ADRR: http.adrr: unknown key; did you mean REGISTRY_HTTP_ADDR?"
            ]
        )
        #expect(
            problems(["REGISTRY_HTPP_ADDR": "x", "REGISTRY_HTPP_NET": "x"]) == [
                "REGISTRY_HTPP_ADDR: htpp: unknown key; did you mean REGISTRY_HTTP_ADDR?",
                "REGISTRY_HTPP_NET: htpp: unknown key; did you mean REGISTRY_HTTP_NET?",
            ]
        )
        #expect(
            problems(["REGISTRY_STORAGE_DELETE": "{enabeld: true}"]) == [
                "REGISTRY_STORAGE_DELETE: storage.delete.enabeld: unknown key; did you mean \"enabled\"?"
            ]
        )
        #expect(problems(["REGISTRY_SOMETHING_ELSE": "x"]) == ["REGISTRY_SOMETHING_ELSE: something: unknown key"])
        #expect(problems(["REGISTRY_": "x"]) == ["REGISTRY_: names no key"])
        #expect(problems(["REGISTRY_HTTP__ADDR": "x"]) == ["REGISTRY_HTTP__ADDR: http..addr: names no key"])
        let deep = "REGISTRY" + String(repeating: "_A", count: 100_000)
        #expect(problems([deep: "x"]).count == 1)
    }

    @Test("the version can't be set")
    func version() {
        #expect(
            problems(["REGISTRY_VERSION": "0.1"]) == [
                "REGISTRY_VERSION: version: the version can't be set from the environment"
            ]
        )
    }

    @Test("the path of the file is no key in it")
    func configurationPath() {
        #expect(problems(["REGISTRY_CONFIGURATION_PATH": "/etc/plimsoll/config.yml"]).isEmpty)
        #expect(problems(["REGISTRY_CONFIGURATION": "x"]).count == 1)
    }

    @Test("what Kubernetes sets for a Service called registry is ignored")
    func kubernetes() throws {
        let environment = [
            "REGISTRY_SERVICE_HOST": "10.0.0.1",
            "REGISTRY_SERVICE_PORT": "5000",
            "REGISTRY_SERVICE_PORT_HTTP": "5000",
            "REGISTRY_PORT": "tcp://10.0.0.1:5000",
            "REGISTRY_PORT_5000_TCP": "tcp://10.0.0.1:5000",
            "REGISTRY_PORT_5000_TCP_PROTO": "tcp",
            "REGISTRY_PORT_5000_TCP_PORT": "5000",
            "REGISTRY_PORT_5000_TCP_ADDR": "10.0.0.1",
            "REGISTRY_PORT_53_UDP": "udp://10.0.0.1:53",
        ]
        #expect(try load(environment) == load([:]))
    }

    @Test(
        "what only looks like it is refused",
        arguments: [
            ("REGISTRY_PORT", "5000"), ("REGISTRY_PORT_TCP", "x"), ("REGISTRY_PORT_5000", "x"),
            ("REGISTRY_PORT_5000_TCP", "x"),
            ("REGISTRY_PORT_5000_TCP_HOST", "x"), ("REGISTRY_PORT_5000_TCP_ADDR_X", "x"),
            ("REGISTRY_PORT_70000_TCP_ADDR", "x"),
            ("REGISTRY_SERVICE", "x"), ("REGISTRY_SERVICE_NAME", "x"), ("REGISTRY_SERVICE_HOST_X", "x"),
            ("REGISTRY_HTTP_PORT", "5000"), ("REGISTRY_UI_SERVICE_HOST", "10.0.0.1"),
        ]
    )
    func notKubernetes(name: String, value: String) {
        let lines = problems([name: value])
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("\(name): ") == true)
    }
}
