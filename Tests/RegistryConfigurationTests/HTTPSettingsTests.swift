//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section http")
struct HTTPSettingsTests {
    @Test(
        "takes addresses",
        arguments: [
            (":5000", "", 5000), ("127.0.0.1:5000", "127.0.0.1", 5000), ("[::1]:5000", "::1", 5000),
            ("localhost:0", "localhost", 0), ("[fe80::1%eth0]:65535", "fe80::1%eth0", 65535),
        ]
    )
    func address(text: String, host: String, port: Int) throws {
        let address = try load("version: 0.1\nstorage: inmemory\nhttp: {addr: \"\(text)\"}").http.address
        #expect(address == ListenAddress(host: host, port: port))
        #expect(address.description == text)
    }

    @Test(
        "refuses other addresses",
        arguments: [
            ("5000", "needs a port, as in \":5000\", not \"5000\""),
            ("host:", "the port must be a number from 0 to 65535, not \"\""),
            (":http", "the port must be a number from 0 to 65535, not \"http\""),
            (":65536", "the port must be a number from 0 to 65535, not \"65536\""),
            (":+1", "the port must be a number from 0 to 65535, not \"+1\""),
            ("::1:5000", "an IPv6 address needs brackets, as in \"[::1]:5000\""),
            ("[host]:1", "\"[host]\" is no IPv6 address"),
            ("a b:1", "\"a b\" is no host name or address"),
            ("http://x:1", "an IPv6 address needs brackets, as in \"[::1]:5000\""),
        ]
    )
    func badAddress(text: String, message: String) {
        let yaml = "version: 0.1\nstorage: inmemory\nhttp:\n  addr: \"\(text)\""
        #expect(problems(yaml) == ["config.yml:4: http.addr: \(message)"])
    }

    @Test("requires an address")
    func addressRequired() {
        let message = "is required; write addr: \":5000\""
        #expect(problems("version: 0.1\nstorage: inmemory") == ["config.yml: http.addr: \(message)"])
        #expect(
            problems("version: 0.1\nstorage: inmemory\nhttp:\n  net: tcp") == ["config.yml:3: http.addr: \(message)"]
        )
        #expect(
            problems("version: 0.1\nstorage: inmemory\nhttp:\n  addr: \"\"") == ["config.yml:4: http.addr: \(message)"]
        )
        #expect(
            problems("version: 0.1\nstorage: inmemory\nhttp:\n  net: unix\n  addr:") == [
                "config.yml:5: http.addr: \(message)"
            ]
        )
    }

    @Test("takes the path of a socket for an address")
    func unixSocket() throws {
        func yaml(_ path: String) -> String {
            "version: 0.1\nstorage: inmemory\nhttp: {net: unix, addr: \"\(path)\"}"
        }
        #expect(try load(yaml("/run/plimsoll/http.sock")).http.unixSocketPath == "/run/plimsoll/http.sock")
        #expect(try load(yaml(String(repeating: "x", count: 107))).http.unixSocketPath?.count == 107)
        #expect(
            problems(yaml(String(repeating: "x", count: 108))) == [
                "config.yml:3: http.addr: a socket's path has at most 107 bytes"
            ]
        )
        #expect(problems(file(http: "net: udp")) == ["config.yml:3: http.net: must be tcp or unix, not \"udp\""])
    }

    @Test(
        "completes prefixes",
        arguments: [("\"\"", ""), ("/", ""), ("/x", "/x/"), ("/x/", "/x/"), ("/a/b.c", "/a/b.c/")]
    )
    func prefix(text: String, expected: String) throws {
        #expect(try load(file(http: "prefix: \(text)")).http.prefix == expected)
    }

    @Test(
        "refuses other prefixes",
        arguments: ["x", "x/", "//", "/a//b", "/../x", "/a/.", "\"/a b\"", "/ü", "/a?b", "\"/a#b\"", "/%41"]
    )
    func badPrefix(text: String) {
        let lines = problems(file(http: "prefix: \(text)"))
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("config.yml:3: http.prefix: must ") == true)
    }

    @Test(
        "takes URLs for the host",
        arguments: [
            ("https://registry.example.com", ExternalHost(scheme: "https", authority: "registry.example.com")),
            ("HTTP://localhost:5000/", ExternalHost(scheme: "http", authority: "localhost:5000")),
            ("https://[::1]:5000/a/b/", ExternalHost(scheme: "https", authority: "[::1]:5000", path: "/a/b")),
        ]
    )
    func host(text: String, expected: ExternalHost) throws {
        #expect(try load(file(http: "host: \"\(text)\"")).http.host == expected)
    }

    @Test("prints the host as a URL")
    func hostDescription() {
        #expect(ExternalHost(scheme: "https", authority: "a:1", path: "/b").description == "https://a:1/b")
    }

    @Test(
        "refuses other hosts",
        arguments: [
            "registry.example.com", "ftp://x", "https://", "https:///x", "https://user@x", "https://user:pw@x",
            "https://x:0",
            "https://x:y", "https://x:", "https://x?a=b", "https://x/a?b", "https://x/#a", "https://::1",
            "https://[::1", "https://[]",
        ]
    )
    func badHost(text: String) {
        let lines = problems(file(http: "host: \"\(text)\""))
        #expect(lines.count == 1)
        #expect(lines.first?.hasPrefix("config.yml:3: http.host: must ") == true)
    }

    @Test("keeps the secret out of every text")
    func secret() throws {
        let configuration = try load(file(http: "secret: s3cr3t"))
        #expect(configuration.http.secret?.exposed == "s3cr3t")
        #expect(configuration.http.secret?.description == "<redacted>")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(dumped.contains("redacted"))
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("s3cr3t"))
        }
        #expect(try load(file(http: "secret: \"\"")).http.secret == nil)
    }

    @Test("takes the switches")
    func switches() throws {
        let http = try load(file(http: "relativeurls: true, http2: {disabled: true}")).http
        #expect(http.relativeURLs)
        #expect(http.http2Disabled)
    }

    @Test("takes the time to drain")
    func drainTimeout() throws {
        #expect(try load(file(http: "draintimeout: 90s")).http.drainTimeout == .seconds(90))
        #expect(try load(file(http: "draintimeout: 0")).http.drainTimeout == .zero)
        #expect(problems(file(http: "draintimeout: -5s")) == ["config.yml:3: http.draintimeout: must not be negative"])
        #expect(
            problems(file(http: "draintimeout: 30")) == [
                "config.yml:3: http.draintimeout: a duration needs a unit; write 30s"
            ]
        )
    }

    @Test("keeps headers in order")
    func headers() throws {
        let headers = try load(file(http: "headers: {X-B: [b, 1], X-A: [\"*\"], X-None: []}")).http.headers
        #expect(
            headers == [
                HTTPHeaderSetting(name: "X-B", values: ["b", "1"]),
                HTTPHeaderSetting(name: "X-A", values: ["*"]),
                HTTPHeaderSetting(name: "X-None", values: []),
            ]
        )
    }

    @Test("checks headers")
    func badHeaders() {
        let yaml = file(
            http: #"headers: {"X A": [b], "": [c], X-B: d, X-C: ["a\r\nb"], X-D: ["a\0b"], X-E: [[f]], "Ä": []}"#
        )
        #expect(
            problems(yaml) == [
                "config.yml:3: http.headers.X A: \"X A\" is no header name",
                "config.yml:3: http.headers.: \"\" is no header name",
                "config.yml:3: http.headers.X-B: must be a list of values, as in [nosniff]",
                "config.yml:3: http.headers.X-C: a header's value must have no line breaks or control characters",
                "config.yml:3: http.headers.X-D: a header's value must have no line breaks or control characters",
                "config.yml:3: http.headers.X-E: must be a single value",
                "config.yml:3: http.headers.Ä: \"Ä\" is no header name",
            ]
        )
    }

    @Test("takes the side port")
    func debug() throws {
        let full = "debug: {addr: \"127.0.0.1:5001\", prometheus: {enabled: true, path: /m, usage: true}}"
        #expect(
            try load(file(http: full)).http.debug
                == DebugSettings(
                    address: ListenAddress(host: "127.0.0.1", port: 5001),
                    prometheus: PrometheusSettings(enabled: true, path: "/m", usage: true),
                )
        )
        let plain = try load(file(http: "debug: {addr: \":5001\"}")).http.debug
        #expect(plain?.prometheus == PrometheusSettings(enabled: false, path: "/metrics", usage: false))
        #expect(try load(file(http: "debug: {addr: \"\", prometheus: {enabled: false}}")).http.debug == nil)
    }

    @Test("wants an address for metrics")
    func metricsWithoutAddress() {
        #expect(
            problems(file(http: "debug: {prometheus: {enabled: true}}")) == [
                "config.yml:3: http.debug.addr: is required where prometheus is enabled"
            ]
        )
        #expect(
            problems(file(http: "debug: {addr: \":1\", prometheus: {path: m}}")) == [
                "config.yml:3: http.debug.prometheus.path: must begin with /"
            ]
        )
    }

    @Test("takes timeouts above 0")
    func timeouts() throws {
        let timeouts = try load(file(http: "timeouts: {header: 1s, idle: 2m, body: 500ms, write: 1h}")).http.timeouts
        let expected = HTTPTimeouts(
            header: .seconds(1),
            idle: .seconds(120),
            body: .milliseconds(500),
            write: .seconds(3600)
        )
        #expect(timeouts == expected)
        #expect(
            problems(file(http: "timeouts: {header: 0, idle: -1s}")) == [
                "config.yml:3: http.timeouts.header: must be longer than 0",
                "config.yml:3: http.timeouts.idle: must not be negative",
            ]
        )
    }

    @Test("tells where the control socket is whatever else is wrong, unless that may hide it")
    func controlSocket() throws {
        func socket(_ http: String, _ rest: String = "") throws -> ControlSocketSetting {
            try ControlSocketSetting(yaml: file(http: http, rest), file: "config.yml", environment: [:])
        }
        #expect(try socket("control: {socket: /x}") == .at("/x"))
        #expect(try socket("control: {socket: /x}, adr: y", "lgo: {level: loud}") == .at("/x"))
        #expect(try socket("control: {socket: \"\"}") == .off)
        #expect(try socket("control: {}") == .standard)
        #expect(try socket("control: {}", "log: {level: loud}") == .standard)
        for (http, rest) in [
            ("contrl: {socket: /x}", ""), ("control: {sokcet: /x}", ""), ("control: [/x]", ""),
            ("control: {socket: [/x]}", ""), ("control: {}", "htpt: {control: {socket: /x}}"),
        ] {
            #expect(throws: ConfigurationFailure.self, "\(http)\(rest)") { try socket(http, rest) }
        }
    }

    @Test("takes the control socket, which can be left out")
    func control() throws {
        func socket(_ http: String) throws -> String? { try load(file(http: http)).http.controlSocket }
        #expect(try socket("control: {}") == "/run/plimsoll/control.sock")
        #expect(try socket("control: {socket: /x}") == "/x")
        #expect(try socket("control: {socket: \"\"}") == nil)
        let long = String(repeating: "x", count: 108)
        #expect(
            problems(file(http: "control: {socket: /\(long)}")) == [
                "config.yml:3: http.control.socket: a socket's path has at most 107 bytes"
            ]
        )
    }

    @Test("takes HTTP/2 without TLS")
    func h2c() throws {
        #expect(try load(file(http: "h2c: {enabled: true}")).http.h2cEnabled)
        #expect(try !load(file(http: "h2c: {}")).http.h2cEnabled)
    }
}
