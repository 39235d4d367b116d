//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Hostile input")
struct HostileInputTests {
    @Test("large files are refused at once")
    func large() {
        let text = file() + String(repeating: "# padding\n", count: 1024 * 1024)
        #expect(problems(text) == ["config.yml: larger than 64 KiB"])
    }

    @Test("deep nesting is refused", arguments: [("[", "]"), ("{a: ", "}")])
    func deep(opening: String, closing: String) {
        func nested(_ depth: Int) -> [String] {
            problems(file("x: " + String(repeating: opening, count: depth) + String(repeating: closing, count: depth)))
        }
        #expect(nested(20) == ["config.yml:4: x: unknown key"])
        #expect(nested(40) == ["config.yml:4: nested deeper than 32 levels"])
        #expect(nested(900) == ["config.yml:4: nested deeper than 32 levels"])
        #expect(nested(10_000).first?.hasPrefix("config.yml:4: not valid YAML: ") == true)
    }

    @Test("deep nesting in keys is refused")
    func deepKeys() {
        let text = file(String(repeating: "? ", count: 500) + "a")
        #expect(problems(text) == ["config.yml:4: a key must be a single word"])
    }

    @Test("aliases that stand for millions of values are refused")
    func aliasBomb() {
        var text = "a0: &a0 [" + String(repeating: "x, ", count: 120) + "x]\n"
        for level in 1...4 {
            text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
        }
        let lines = problems(text)
        #expect(lines.count == 1)
        #expect(lines.first?.hasSuffix(": more than 10000 values, counting what aliases repeat") == true)
    }

    @Test("more aliases than a person writes are refused before they are followed")
    func manyAliases() {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...30 {
            text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        #expect(problems(text + "? *a30\n: bomb\n") == ["config.yml: more than 12 YAML aliases"])
    }

    @Test("stars in comments and values are no aliases")
    func stars() throws {
        let comments = String(repeating: "  # see *this and *that\n", count: 20)
        let text = comments + file(http: "headers: {Access-Control-Allow-Origin: ['*']}")
        #expect(try load(text).http.headers.first?.values == ["*"])
    }

    @Test("a few aliases and merges work")
    func aliases() throws {
        let yaml = """
            version: 0.1
            storage: {inmemory: , delete: &on {enabled: true}, maintenance: {readonly: *on}}
            http:
              addr: &addr :5000
              debug: {addr: *addr}
              timeouts: &slow {idle: 5m, body: 5m}
            health:
              storagedriver: {<<: [*on, {enabled: false, threshold: 2}], threshold: 3}
            """
        let configuration = try load(yaml)
        #expect(configuration.storage.deleteEnabled)
        #expect(configuration.storage.readOnly)
        #expect(configuration.http.debug?.address.port == 5000)
        #expect(configuration.health.storageDriver == StorageHealth(enabled: true, threshold: 3))
        let merged = file("log: {fields: {<<: [{a: first, b: first}, {b: second, c: second}], a: own}}")
        #expect(try load(merged).log.fields == ["a": "own", "b": "first", "c": "second"])
        #expect(problems(file("log: {<<: text}")) == ["config.yml:4: \"<<\" merges maps only"])
    }

    @Test("an alias of itself is refused")
    func recursiveAlias() {
        #expect(problems("a: &a [*a]") == ["config.yml:1: not valid YAML: found undefined alias"])
    }

    @Test("more values than a person writes are refused")
    func manyValues() {
        let lines = problems(file("x: [" + String(repeating: "1, ", count: 20_000) + "1]"))
        #expect(lines == ["config.yml:4: more than 10000 values, counting what aliases repeat"])
    }

    @Test("control characters are refused", arguments: ["\0", "\u{1}", "\u{1B}", "\u{7F}"])
    func control(character: String) {
        #expect(
            problems("version: 0.1\nhttp:\n  addr: \(character)") == [
                "config.yml:3: not valid YAML: control characters are not allowed"
            ]
        )
    }

    @Test("tabs for indentation are refused")
    func tabs() {
        let lines = problems("version: 0.1\nhttp:\n\taddr: x")
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasPrefix("config.yml:3: not valid YAML: found character that cannot start any token") == true
        )
    }

    @Test("thousands of unknown keys are told, not choked on")
    func manyUnknownKeys() {
        let keys = (0..<2000).map { "unknown\($0): 1\n" }.joined()
        #expect(problems(file(keys)).count == 2000)
    }
}
