//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct JournalFieldTests {
    private func fields(_ entry: LogEntry, _ message: JournalMessage = .json, _ more: [String: String] = [:]) throws
        -> String
    {
        var encoder = try Sample.encoder(fields: more, journal: message)
        var buffer = TextBuffer(capacity: 1)
        encoder.encode(entry).appendFields(to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test func requestIsOneFieldAFact() throws {
        var record = try Sample.fullRecord()
        record.status = 403
        let text = try fields(.request(.init(record)), .json, ["site": "north"])
        #expect(
            text == """
                PRIORITY=4
                LOG_KIND=access
                LOG_TIMESTAMP=2023-11-14T22:13:20.123456Z
                SYSLOG_IDENTIFIER=plimsoll
                LOG_EPOCH=00000000000000aa
                LOG_SCHEMA=1
                REGISTRY_SITE=north
                MESSAGE_ID=\(AuditAction.denied.facts.messageID)
                REQUEST_ID=00000000000000010000000000000002
                TRACE_ID=0123456789abcdef0123456789abcdef
                SPAN_ID=\(Sample.spanID)
                HTTP_METHOD=PUT
                HTTP_VERSION=1.1
                HTTP_ROUTE=manifest
                HTTP_STATUS=403
                ERROR_CODE=STORAGE_FULL
                REGISTRY_REPOSITORY=team/app
                REGISTRY_REFERENCE=v1
                REGISTRY_DIGEST=\(Sample.digest)
                REGISTRY_USER=alice
                CLIENT_ADDRESS=192.0.2.7
                HTTP_USER_AGENT=containerd/1.7.24
                CLIENT_FAMILY=containerd
                BYTES_IN=1234
                BYTES_OUT=56
                DURATION_USEC=2000
                TTFB_USEC=700
                STORAGE_USEC=1500
                STORAGE_OPS=3
                CACHE_OUTCOME=miss
                REQUEST_OUTCOME=refused
                ERROR_DETAIL=no room
                ERROR_CAUSE=write: ENOSPC
                AUTH_RESULT=granted
                AUTH_REASON=rule_denies
                AUTH_DETAIL=rule 3
                HTTP_FORWARDED_FOR=203.0.113.9
                CLIENT_REQUEST_ID=job-17
                HTTP_RANGE=bytes=0-99
                UPLOAD_ID=5a0b
                REGISTRY_AUDIT=denied

                """
        )
    }

    @Test func unknownIsLeftOut() throws {
        let text = try fields(.request(.init(Sample.emptyRecord())))
        #expect(!text.contains("HTTP_STATUS") && !text.contains("REGISTRY_REPOSITORY") && !text.contains("MESSAGE"))
    }

    @Test func eventHasItsMessageID() throws {
        let event = ServerEvent(.linkMalformed, [.init(.path, .text("a\nb"))])
        let text = try fields(.event(event))
        let id = EventName.linkMalformed.facts.messageID
        #expect(text.contains("PRIORITY=4\nLOG_KIND=event\n"))
        #expect(text.contains("MESSAGE_ID=\(id)\nREGISTRY_EVENT=link_malformed\nREGISTRY_MSG=\(event.message)\n"))
        // A value with line feeds has its length before it instead.
        #expect(text.hasSuffix("REGISTRY_PATH\n\u{3}\0\0\0\0\0\0\0a\nb\n"))
    }

    @Test func shortTexts() throws {
        let request = try fields(.request(.init(try Sample.fullRecord())), .text)
        let summary = "PUT manifest team/app:v1 507 STORAGE_FULL 2000us user=alice from=192.0.2.7"
        #expect(request.contains("\nMESSAGE=\(summary)\n"))
        var record = try Sample.fullRecord()
        record.status = 200
        record.isBrokenOff = true
        let broken = try fields(.request(.init(record)), .text)
        #expect(broken.contains(" 200 STORAGE_FULL 2000us broken-off user="))
        let event = try fields(.event(ServerEvent(.linkHealed, [.init(.path, .text("x"))])), .text)
        #expect(event.contains("\nMESSAGE=a malformed link was replaced by a push path=x\n"))
    }

    @Test(arguments: [
        ("metadata.http-status", "REGISTRY_METADATA_HTTP_STATUS"), ("Grüße", "REGISTRY_GR____E"), ("", "REGISTRY_"),
        (String(repeating: "a", count: 80), "REGISTRY_" + String(repeating: "A", count: 55)),
    ])
    func freeNames(_ key: String, _ name: String) { #expect(JournalName.free(key) == name) }

    @Test func namesAreWhatTheJournalTakes() {
        let names = LogSchema.fields.map(\.key.journalName) + EventField.allCases.map { JournalName.free($0.rawValue) }
        for name in names { #expect(name.wholeMatch(of: /[A-Z][A-Z0-9_]{0,63}/) != nil) }
        let own = LogSchema.fields.map(\.key.journalName)
        #expect(Set(own).count == own.count)
    }

    @Test func streamOfTheJournalIsKnown() throws {
        let channel = try Channel()
        #expect(JournalStream.isJournal(channel.writeEnd, channel.journalStream))
        for wrong in [nil, "", "1", "a:b", "0:0", "1:2:3"] {
            #expect(!JournalStream.isJournal(channel.writeEnd, wrong))
        }
    }
}

extension Channel {
    /// The variable that systemd would set for it.
    fileprivate var journalStream: String {
        var facts = stat()
        fstat(writeEnd, &facts)
        return "\(facts.st_dev):\(facts.st_ino)"
    }
}
