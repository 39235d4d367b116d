//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import RegistryTelemetry
import Synchronization
import Testing

@testable import RegistryObservability

@Suite struct EventLineTests {
    @Test func eventHasTheEnvelopeAndItsFields() throws {
        let event = ServerEvent.library(
            .error,
            "the storage is full",
            [
                .init(.source, .text("/srv/\"x\"")), .init(free: "free_bytes", .number(-1)),
                .init(free: "site", .text("own")),
            ]
        )
        let line = try Sample.line(of: .event(event), fields: ["site": "north", "zone": "z"])
        #expect(
            line == """
                {"ts":"\(event.time.description)","level":"error","kind":"event","seq":1,"epoch":"00000000000000aa",\
                "schema":1,"event":"library_log","msg":"the storage is full","source":"/srv/\\"x\\"","free_bytes":-1,\
                "site":"own","zone":"z"}

                """
        )
    }

    @Test func numbersOfAnySize() throws {
        for number in [0, 9, 10, 12345, Int64.max, Int64.min] {
            let event = ServerEvent.library(.info, "a number", [.init(free: "n", .number(number))])
            #expect(try JSONObject(try Sample.line(of: .event(event)))[number: "n"] == Int(number))
        }
    }

    @Test func libraryLinesBecomeEvents() throws {
        struct Failure: Error, CustomStringConvertible { let description = "it broke" }
        let recorder = Recorder()
        var handler = JSONLogHandler(label: "http.server", observer: recorder, level: LibraryLogLevel(.debug))
        handler.metadataProvider = Logger.MetadataProvider { ["a": "provider", "p": "1"] }
        var logger = Logger(label: "http.server") { _ in handler }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "seq"] = "2"
        logger.warning("connection refused", error: Failure(), metadata: ["a": "call", "list": ["x", "y"]])
        logger.trace("not wanted")

        let event = try #require(recorder.events.first)
        #expect(recorder.events.count == 1)
        #expect(event.name == .libraryLog)
        #expect(event.severity == .warn)
        #expect(event.message == "connection refused")
        let line = try Sample.line(of: .event(event))
        let fields = [
            #""logger":"http.server","source":"RegistryObservabilityTests","error":"it broke","metadata.a":"call","#,
            #""metadata.list":"[\"x\", \"y\"]","metadata.p":"1","metadata.seq":"2"}"#,
        ]
        #expect(line.hasSuffix(fields.joined() + "\n"))
    }

    @Test(arguments: zip(Logger.Level.allCases, [Severity.debug, .debug, .info, .info, .warn, .error, .error]))
    func levels(_ level: Logger.Level, _ severity: Severity) {
        #expect(Severity(level) == severity)
    }
}

/// Keeps events.
private final class Recorder: Observer {
    private let noted = Mutex<[ServerEvent]>([])

    var events: [ServerEvent] { noted.withLock { $0 } }

    func conclude(_ record: RequestRecord) {}

    func note(_ event: ServerEvent) { noted.withLock { $0.append(event) } }
}
