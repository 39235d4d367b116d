//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Strictness")
struct StrictnessTests {
    @Test("every problem is told at once: by line, then by variable")
    func order() throws {
        let yaml = """
            storage:
              inmemory: {}
              delete: {enabled: maybe}
            log:
              levl: info
            htttp: {}
            http:
              addr: 5000
              draintimeout: 5
            """
        let environment = ["REGISTRY_TAGS_MAXTAGS": "x", "REGISTRY_LOG_LEVEL": "loud", "REGISTRY_FOO": "1"]
        #expect(
            problems(yaml, environment: environment) == [
                "config.yml: version: is required; write version: 0.1",
                "config.yml:3: storage.delete.enabled: must be true or false, not \"maybe\"",
                "config.yml:5: log.levl: unknown key; did you mean \"level\"?",
                "config.yml:6: htttp: unknown key; did you mean \"http\"?",
                "config.yml:8: http.addr: needs a port, as in \":5000\", not \"5000\"",
                "config.yml:9: http.draintimeout: a duration needs a unit; write 5s",
                "REGISTRY_FOO: foo: unknown key",
                "REGISTRY_LOG_LEVEL: log.level: must be error, warn, info or debug, not \"loud\"",
                "REGISTRY_TAGS_MAXTAGS: tags.maxtags: must be a whole number, not \"x\"",
            ]
        )
    }

    @Test("problems of one line stay in the order they were found")
    func ties() {
        let first = ConfigurationProblem(origin: .file(line: 2), path: "b", message: "one")
        let second = ConfigurationProblem(origin: .file(line: 2), path: "a", message: "two")
        let early = ConfigurationProblem(origin: .file(line: 1), path: "c", message: "three")
        let variable = ConfigurationProblem(origin: .environment(variable: "A"), path: "d", message: "four")
        let whole = ConfigurationProblem(origin: .whole, path: "", message: "five")
        let failure = ConfigurationFailure(file: "f", problems: [variable, first, second, early, whole])
        #expect(failure.problems == [whole, early, first, second, variable])
        #expect(failure.description == "f: five\nf:1: c: three\nf:2: b: one\nf:2: a: two\nA: d: four")
    }

    @Test(
        "the version must be 0.1",
        arguments: [
            ("version: 0.2", "config.yml:1: version: unsupported version \"0.2\"; the only one is 0.1"),
            ("version: 0.10", "config.yml:1: version: unsupported version \"0.10\"; the only one is 0.1"),
            ("version: [0.1]", "config.yml:1: version: must be a single value"),
            ("version:", "config.yml:1: version: is required; write version: 0.1"),
            ("", "config.yml: version: is required; write version: 0.1"),
        ]
    )
    func version(line: String, message: String) {
        #expect(problems("\(line)\nstorage: inmemory\nhttp: {addr: \":1\"}") == [message])
        #expect(problems("version: \"0.1\"\nstorage: inmemory\nhttp: {addr: \":1\"}").isEmpty)
    }

    @Test("empty files are refused", arguments: ["", "\n\n", "# nothing\n", "---\n", "~"])
    func empty(text: String) {
        #expect(problems(text) == ["config.yml: the file is empty; it needs at least version, storage and http.addr"])
    }

    @Test("documents that are no map are refused", arguments: ["- a", "text", "[]"])
    func noMap(text: String) {
        #expect(problems(text) == ["config.yml:1: must be a map of keys"])
    }

    @Test("sections that are no map are refused")
    func sectionsOfTheWrongType() {
        let yaml = "version: 0.1\nstorage:\n  inmemory: yes\n  delete: true\nhttp:\n  - addr\nlog: info"
        #expect(
            problems(yaml) == [
                "config.yml:3: storage.inmemory: must be a map of keys",
                "config.yml:4: storage.delete: must be a map of keys",
                "config.yml:5: http.addr: is required; write addr: \":5000\"",
                "config.yml:6: http: must be a map of keys",
                "config.yml:7: log: must be a map of keys",
            ]
        )
    }

    @Test("single values that are maps or lists are refused", arguments: ["{a: b}", "[a]", "{}", "[]"])
    func valuesOfTheWrongType(value: String) {
        let message = "must be a single value"
        #expect(problems(file("log: {level: \(value)}")) == ["config.yml:4: log.level: \(message)"])
        #expect(problems(file("catalog: {maxentries: \(value)}")) == ["config.yml:4: catalog.maxentries: \(message)"])
        #expect(problems(file(http: "relativeurls: \(value)")) == ["config.yml:3: http.relativeurls: \(message)"])
    }

    @Test("truth values have their YAML spellings, and no quotes")
    func truth() throws {
        for text in ["true", "True", "TRUE", "yes", "on", "y"] {
            #expect(try load(file(http: "relativeurls: \(text)")).http.relativeURLs)
        }
        for text in ["false", "no", "Off", "n"] {
            #expect(try !load(file(http: "relativeurls: \(text)")).http.relativeURLs)
        }
        #expect(
            problems(file(http: "relativeurls: \"true\"")) == [
                "config.yml:3: http.relativeurls: must be true or false without quotes"
            ]
        )
        #expect(
            problems(file(http: "relativeurls: !!str true")) == [
                "config.yml:3: http.relativeurls: must be true or false without quotes"
            ]
        )
        #expect(
            problems(file(http: "relativeurls: 1")) == [
                "config.yml:3: http.relativeurls: must be true or false, not \"1\""
            ]
        )
    }

    @Test("numbers are whole and decimal", arguments: ["1.5", "0x10", "010", "1_000", "+5", "ten", "\"\"", "1e3", "٣"])
    func numbers(text: String) {
        #expect(
            problems(file("catalog: {maxentries: \(text)}")) == [
                "config.yml:4: catalog.maxentries: must be a whole number, not \(text == "\"\"" ? text : "\"\(text)\"")"
            ]
        )
    }

    @Test("duplicate keys are refused, with a line")
    func duplicates() {
        #expect(
            problems("version: 0.1\nhttp:\n  addr: :1\n  net: tcp\n  addr: :2") == [
                "config.yml:3: \"addr\" is given more than once, the first time here"
            ]
        )
        #expect(problems("log:\n  fields:\n    1: a\n    \"1\": b") == ["config.yml:4: \"1\" is given more than once"])
    }

    @Test("text that is no YAML is refused, with a line")
    func syntax() {
        #expect(
            problems("version: 0.1\nhttp: {addr") == ["config.yml:2: not valid YAML: did not find expected ',' or '}'"]
        )
        #expect(problems("http: {addr\n") == ["config.yml:1: not valid YAML: did not find expected ',' or '}'"])
        #expect(problems("a: b\nc: *d") == ["config.yml:2: not valid YAML: found undefined alias"])
        #expect(problems("a: 1\n---\nb: 2") == ["config.yml:2: not valid YAML: but found another document"])
        #expect(problems("a: 1\n? [b]\n: 2") == ["config.yml:2: a key must be a single word"])
    }

    @Test("unknown keys come with the nearest known key")
    func suggestions() {
        func message(_ key: String) -> String? {
            problems(file("\(key): {}")).first
        }
        #expect(message("helath") == "config.yml:4: helath: unknown key; did you mean \"health\"?")
        #expect(message("Log") == "config.yml:4: Log: unknown key; did you mean \"log\"?")
        #expect(message("notification") == "config.yml:4: notification: unknown key; did you mean \"notifications\"?")
        #expect(message("x") == "config.yml:4: x: unknown key")
        #expect(message("lag") == "config.yml:4: lag: unknown key; did you mean \"log\"?")
        #expect(message("lg2") == "config.yml:4: lg2: unknown key")
        #expect(message("storages3") == "config.yml:4: storages3: unknown key; did you mean \"storage\"?")
        #expect(message("storages33") == "config.yml:4: storages33: unknown key")
    }

    @Test("what is quoted from the file can't break the line or the terminal")
    func quoting() {
        let long = String(repeating: "k", count: 200)
        #expect(problems(file("\"a\\nb\\e[31m\": 1")) == ["config.yml:4: a\\nb\\u{1B}[31m: unknown key"])
        #expect(problems(file("\(long): 1")) == ["config.yml:4: \(long.prefix(60))…: unknown key"])
        #expect(
            problems(file("log: {level: \"a\\nb\"}")) == [
                "config.yml:4: log.level: must be error, warn, info or debug, not \"a\\nb\""
            ]
        )
    }

    @Test("lines are counted in files with other line ends, too")
    func lineEnds() {
        #expect(
            problems("version: 0.1\r\nstorage: inmemory\r\nhttp: {addr: \":1\"}\r\nfoo: 1\r\n") == [
                "config.yml:4: foo: unknown key"
            ]
        )
    }
}
