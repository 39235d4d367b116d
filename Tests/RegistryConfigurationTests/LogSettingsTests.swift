//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section log")
struct LogSettingsTests {
    @Test("takes every level, in any case", arguments: LogLevel.allCases)
    func levels(level: LogLevel) throws {
        #expect(try load(file("log: {level: \(level.rawValue)}")).log.level == level)
        #expect(try load(file("log: {level: \(level.rawValue.uppercased())}")).log.level == level)
    }

    @Test("falls back to the old loglevel")
    func oldLevel() throws {
        #expect(try load(file("loglevel: debug")).log.level == .debug)
        #expect(try load(file("loglevel: debug\nlog: {level: error}")).log.level == .error)
        #expect(
            problems(file("loglevel: loud")) == [
                "config.yml:4: loglevel: must be error, warn, info or debug, not \"loud\""
            ]
        )
    }

    @Test("keeps fields as text")
    func fields() throws {
        let fields = try load(file("log: {fields: {service: registry, Rack: 7, live: yes, note: \"\", none: }}")).log
            .fields
        #expect(fields == ["service": "registry", "Rack": "7", "live": "yes", "note": "", "none": ""])
    }

    @Test("refuses fields that are no text")
    func fieldsOfTheWrongType() {
        #expect(
            problems(file("log:\n  fields:\n    a: [1]\n    b: {c: d}")) == [
                "config.yml:6: log.fields.a: must be a single value",
                "config.yml:7: log.fields.b: must be a single value",
            ]
        )
        #expect(problems(file("log: {fields: [a]}")) == ["config.yml:4: log.fields: must be a map of keys"])
    }

    @Test("takes the switches")
    func switches() throws {
        let log = try load(file("log: {accesslog: {disabled: true}, sinks: {stdout: {enabled: false}}}")).log
        #expect(log.accessLogDisabled)
        #expect(log.sinks.stdout.enabled == .off)
    }

    @Test("takes no form of lines but JSON")
    func formatter() {
        let hint = "not supported yet: Plimsoll always writes JSON lines; set json or remove the key"
        #expect(problems(file("log: {formatter: json}")).isEmpty)
        #expect(problems(file("log: {formatter: text}")) == ["config.yml:4: log.formatter: \(hint)"])
        #expect(problems(file("log: {formatter: logstash}")) == ["config.yml:4: log.formatter: \(hint)"])
        #expect(
            problems(file("log: {formatter: xml}")) == [
                "config.yml:4: log.formatter: unknown formatter \"xml\"; set json or remove the key"
            ]
        )
    }

    @Test("refuses what is not there yet, unless it is off")
    func notYet() {
        #expect(problems(file("log: {hooks: [{type: mail, disabled: true}], reportcaller: false}")).isEmpty)
        let on = """
            log:
              hooks: [{type: mail}]
              reportcaller: true
            """
        #expect(
            problems(file(on)) == [
                """
                config.yml:5: log.hooks: Plimsoll sends no mail; let the alerts of config/prometheus or what reads the log \
                do it, and remove the key
                """,
                """
                config.yml:6: log.reportcaller: entries are told apart by their event, which never changes \
                (docs/events.md); remove the key
                """,
            ]
        )
    }
}
