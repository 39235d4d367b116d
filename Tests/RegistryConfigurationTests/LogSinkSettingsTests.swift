//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section log.sinks")
struct LogSinkSettingsTests {
    private func log(_ text: String, environment: [String: String] = [:]) throws -> LogSettings {
        try load(file(text), environment: environment).log
    }

    @Test("leaves it to the surroundings where nothing is said")
    func defaults() throws {
        for text in ["", "log: {sinks: {stdout: {}, journald: {}, file: {path: \"\"}}, spill: {}}"] {
            let log = try log(text)
            #expect(log.sinks == LogSinkSettings())
            #expect(log.sinks.stdout.enabled == .auto)
            #expect(log.sinks.journald.enabled == .auto)
            #expect(log.sinks.journald.socket == "/run/systemd/journal/socket")
            #expect(log.sinks.journald.message == .json)
            #expect(log.sinks.journald.batch == 8)
            #expect(log.sinks.stdout.selection == LogSelection(level: nil, kinds: [.access, .event, .audit]))
            #expect(log.sinks.file == nil)
            #expect(log.spill == AuditSpillSettings())
        }
    }

    @Test("takes every key")
    func everything() throws {
        let sinks = try log(
            """
            log:
              sinks:
                stdout: {enabled: false, level: WARN, kinds: [event]}
                journald: {enabled: yes, socket: /run/j, message: text, batch: 1, level: debug, kinds: [audit, event]}
                file:
                  path: /var/log/a.log
                  maxsize: 1GiB
                  maxage: 1h
                  rotateat: daily
                  maxfiles: 7
                  maxtotal: 9GiB
                  minfree: 1MiB
                  retention: 720h
                  compression: none
                  format: combined
                  level: error
                  kinds: [access]
              spill: {path: /var/spill, maxsize: 1MiB}
            """
        )
        var stdout = StdoutSinkSettings()
        stdout.enabled = .off
        stdout.selection = LogSelection(level: .warn, kinds: [.event])
        #expect(sinks.sinks.stdout == stdout)
        var journald = JournaldSinkSettings()
        journald.enabled = .on
        journald.socket = "/run/j"
        journald.message = .text
        journald.batch = 1
        journald.selection = LogSelection(level: .debug, kinds: [.audit, .event])
        #expect(sinks.sinks.journald == journald)
        var file = FileSinkSettings(path: "/var/log/a.log")
        file.maxSize = 1 << 30
        file.maxAge = .seconds(3600)
        file.rotateAt = .daily
        file.maxFiles = 7
        file.maxTotal = 9 << 30
        file.minFree = 1 << 20
        file.retention = .seconds(720 * 3600)
        file.compression = .none
        file.format = .combined
        file.selection = LogSelection(level: .error, kinds: [.access])
        #expect(sinks.sinks.file == file)
        var spill = AuditSpillSettings(path: "/var/spill")
        spill.maxSize = 1 << 20
        #expect(sinks.spill == spill)
    }

    @Test("takes 0 for no limit")
    func zero() throws {
        let text = "log: {sinks: {file: {path: a, maxsize: 0, maxage: 0, maxfiles: 0, maxtotal: 0, minfree: 0}}}"
        let file = try #require(try log(text).sinks.file)
        #expect(file.maxSize == nil && file.maxAge == nil && file.maxFiles == nil)
        #expect(file.maxTotal == nil && file.minFree == nil && file.retention == nil)
    }

    @Test("is reached by variables")
    func environment() throws {
        let log = try log(
            "",
            environment: [
                "REGISTRY_LOG_SINKS_STDOUT_ENABLED": "false", "REGISTRY_LOG_SINKS_JOURNALD_ENABLED": "auto",
                "REGISTRY_LOG_SINKS_JOURNALD_KINDS": "[audit]", "REGISTRY_LOG_SINKS_FILE_PATH": "/a",
                "REGISTRY_LOG_SINKS_FILE_MAXSIZE": "5MiB", "REGISTRY_LOG_SPILL_PATH": "/b",
            ]
        )
        #expect(log.sinks.stdout.enabled == .off)
        #expect(log.sinks.journald.enabled == .auto)
        #expect(log.sinks.journald.selection.kinds == [.audit])
        #expect(log.sinks.file?.maxSize == 5 << 20)
        #expect(log.spill.path == "/b")
    }

    @Test("tells everything that is wrong, by line")
    func problemsByLine() {
        let text = """
            log:
              sinks:
                stdout: {enabled: maybe}
                journald:
                  socket: run/socket
                  message: xml
                  kinds: access
                  batch: 0
                  colour: red
                file:
                  path: /a
                  maxsize: 12
                  maxage: 24
                  maxfiles: many
                  compression: zip
                  format: apache
                  kinds: [access, secrets]
                syslog: {}
              spill: {maxsize: -1}
            """
        #expect(
            problems(file(text)) == [
                "config.yml:6: log.sinks.stdout.enabled: must be true, false or auto, not \"maybe\"",
                "config.yml:8: log.sinks.journald.socket: must be an absolute path of at most 107 bytes",
                "config.yml:9: log.sinks.journald.message: must be json or text, not \"xml\"",
                "config.yml:10: log.sinks.journald.kinds: must be a list, as in [access, event, audit]",
                "config.yml:11: log.sinks.journald.batch: must not be below 1",
                "config.yml:12: log.sinks.journald.colour: unknown key",
                "config.yml:15: log.sinks.file.maxsize: must be 0 or at least 4096 bytes",
                "config.yml:16: log.sinks.file.maxage: a duration needs a unit; write 24s",
                "config.yml:17: log.sinks.file.maxfiles: must be a whole number, not \"many\"",
                "config.yml:18: log.sinks.file.compression: must be gzip or none, not \"zip\"",
                "config.yml:19: log.sinks.file.format: must be json or combined, not \"apache\"",
                "config.yml:20: log.sinks.file.kinds: must be access, event or audit, not \"secrets\"",
                "config.yml:21: log.sinks.syslog: unknown key",
                "config.yml:22: log.spill.maxsize: must be a size in bytes, KiB, MiB, GiB or TiB, not \"-1\"",
            ]
        )
        #expect(
            problems(file("log: {sinks: {file: {path: /a, maxsize: 2MiB, maxtotal: 1MiB}, stdout: {kinds: []}}}")) == [
                "config.yml:4: log.sinks.stdout.kinds: must not be empty; to switch a sink off, set enabled: false",
                "config.yml:4: log.sinks.file: maxtotal must not be below maxsize",
            ]
        )
        #expect(
            problems(file("log: {sinks: {file: {path: /a, format: combined, kinds: [event]}}}")) == [
                "config.yml:4: log.sinks.file: kinds must name access or audit, since format combined has requests only"
            ]
        )
    }

    @Test(
        "A file that something else writes too is refused, with the keys of both",
        arguments: [
            (
                "log: {sinks: {file: {path: /a/b.log}}}\ntracing: {enabled: true, file: /a//./b.log}",
                "config.yml:5: tracing.file: names the same file as log.sinks.file.path"
            ),
            (
                "log: {sinks: {file: {path: b-file.log}}, spill: {path: b.log}}",
                "config.yml:4: log.spill.path: names, as one of the files made of it, the same file as log.sinks.file.path"
            ),
            (
                "log: {spill: {path: /a.d/b}}\ntracing: {enabled: true, file: /a.d/b-journald}",
                "config.yml:4: log.spill.path: names, as one of the files made of it, the same file as tracing.file"
            ),
        ]
    )
    func sameFile(_ sections: String, _ problem: String) {
        #expect(problems(file(sections)).filter { $0.hasPrefix(problem) }.count == 1, "\(problems(file(sections)))")
    }

    @Test(
        "Files of one folder, and one that nothing is written to, are in nobody's way",
        arguments: [
            "log: {sinks: {file: {path: /a/b.log}}, spill: {path: /a/b.log}}\ntracing: {enabled: true, file: /a/b.jsonl}",
            "log: {sinks: {file: {path: /a/b.log}}}\ntracing: {enabled: false, file: /a/b.log}",
        ]
    )
    func otherFiles(_ sections: String) { #expect(problems(file(sections)).isEmpty) }

    @Test(
        "Each sink's spill file has its name before the suffix",
        arguments: [
            ("/v/audit.log", "/v/audit-file.log"), ("audit", "audit-file"), ("/a.b/audit", "/a.b/audit-file"),
            ("/v/.audit", "/v/.audit-file"), ("/v/a.b.c", "/v/a.b-file.c"),
        ]
    )
    func spill(path: String, sink: String) {
        #expect(AuditSpillSettings.path(of: "file", beside: path) == sink)
    }
}
