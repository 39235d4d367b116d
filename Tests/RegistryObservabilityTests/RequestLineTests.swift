//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct RequestLineTests {
    @Test func everythingKnown() throws {
        let record = try Sample.fullRecord()
        let line = try Sample.line(of: .request(.init(record)), fields: ["site": "north", "env": "test"])
        #expect(
            line == """
                {"ts":"2023-11-14T22:13:20.123456Z","level":"error","kind":"access","seq":1,"epoch":"00000000000000aa",\
                "schema":1,"msg":"request","request_id":"00000000000000010000000000000002",\
                "trace_id":"0123456789abcdef0123456789abcdef","span_id":"\(Sample.spanID)","method":"PUT","http_version":"1.1",\
                "route":"manifest","status":507,"error_code":"STORAGE_FULL","repository":"team/app","reference":"v1",\
                "digest":"\(Sample.digest)","user":"alice","remote_addr":"192.0.2.7",\
                "user_agent":"containerd/1.7.24","client":"containerd","bytes_in":1234,"bytes_out":56,\
                "duration_us":2000,"ttfb_us":700,"storage_us":1500,"storage_ops":3,"cache":"miss","outcome":"failed",\
                "error_detail":"no room","error_cause":"write: ENOSPC","auth_result":"granted",\
                "auth_reason":"rule_denies","auth_detail":"rule 3","forwarded_for":"203.0.113.9",\
                "client_request_id":"job-17","range":"bytes=0-99","upload_id":"5a0b","env":"test","site":"north"}

                """
        )
    }

    @Test func anAnswerThatNobodyWasThereFor() throws {
        var record = Sample.emptyRecord(method: "PUT")
        record.foundNobody(toTell: 201)
        let object = try JSONObject(try Sample.line(of: .request(.init(record))))
        #expect(object[number: "status"] == 499 && object[number: "unsent_status"] == 201)
        #expect(object[text: "outcome"] == "aborted" && object[text: "audit"] == "written")
        #expect(record.summary.contains(" 499 ") && record.summary.contains(" aborted unsent=201"))
    }

    @Test func nothingKnown() throws {
        let line = try Sample.line(of: .request(.init(Sample.emptyRecord())))
        #expect(
            line == """
                {"ts":"2023-11-14T22:13:20.123456Z","level":"info","kind":"access","seq":1,"epoch":"00000000000000aa",\
                "schema":1,"msg":"request","request_id":"00000000000000010000000000000002",\
                "trace_id":"0123456789abcdef0123456789abcdef","span_id":"\(Sample.spanID)","method":"GET","http_version":"1.1",\
                "route":"unknown","status":null,"error_code":null,"repository":null,"reference":null,"digest":null,\
                "user":null,"remote_addr":null,"user_agent":null,"client":"other","bytes_in":0,"bytes_out":0,\
                "duration_us":0,"ttfb_us":null,"storage_us":0,"storage_ops":0,"cache":null,"outcome":"ok"}

                """
        )
    }

    @Test(arguments: [
        "", "plain", "\"", "\\", "a\"b\\c/d", "\u{0}\u{1}\u{8}\u{c}\u{1f}\u{7f}", "\r\n\t", "{\"ts\":1}",
        "\u{2028}\u{2029}", "Grüße, 世界 🌍", "e\u{301}", "\u{fffd}", "\",\"seq\":99,\"x\":\"",
    ])
    func hostileTextComesBackAsItWas(_ text: String) throws {
        var record = try Sample.fullRecord()
        record.method = text
        record.remoteAddress = text
        record.forwardedFor = text
        record.userAgent = text
        record.clientRequestID = text
        record.range = text
        record.user = text
        record.authDetail = text
        record.error = RegistryError(.unknown, detail: text, cause: text)
        let line = try Sample.line(of: .request(.init(record)), fields: ["key \(text)": text])
        #expect(line.utf8.dropLast().allSatisfy { $0 >= 0x20 })
        let object = try JSONObject(line)
        for key in [
            "forwarded_for", "client_request_id", "range", "user", "auth_detail", "error_detail", "error_cause",
            "key \(text)",
        ] {
            #expect(object[text: key].map { Array($0.utf8) } == Array(text.utf8), "\(key)")
        }
        #expect(object[text: "method"] == (text.isEmpty ? nil : text))
        #expect(object[text: "user_agent"] == (text.isEmpty ? nil : text))
        #expect(object[text: "remote_addr"] == (text.isEmpty ? nil : text))
        #expect(object[number: "seq"] == 1)
    }

    @Test(arguments: [
        (511, "é", "…"), (512, "éé", "…"), (511, "éé", "…"), (510, "é", "é"), (509, "🌍!", "…"),
        (512, "", ""), (509, "\n🌍", "\n…"),
    ])
    func longTextIsCutBetweenCharacters(plain: Int, tail: String, expected: String) throws {
        var record = Sample.emptyRecord()
        let head = String(repeating: "a", count: plain)
        record.userAgent = head + tail
        let isWhole = record.userAgent.utf8.count <= EntryEncoder.requestTextLimit
        let object = try JSONObject(try Sample.line(of: .request(.init(record))))
        #expect(object[text: "user_agent"] == (isWhole ? record.userAgent : head + expected))
    }

    @Test func configuredFieldsMustNotTakeOurKeys() throws {
        #expect(throws: ReservedFieldsError(keys: ["msg", "seq", "user"])) {
            try StaticFields(["user": "a", "seq": "b", "msg": "c", "site": "d"])
        }
        #expect(
            ReservedFieldsError(keys: ["msg", "seq"]).description
                == "log.fields must not have keys that the log writes itself: msg, seq"
        )
    }

    @Test func allKeysOfLinesAreReserved() throws {
        var record = try Sample.fullRecord()
        record.foundNobody(toTell: 201)
        let request = try JSONObject(try Sample.line(of: .request(.init(record))))
        let event = try JSONObject(try Sample.line(of: .event(Sample.event(1))))
        #expect(request.keys.union(event.keys).subtracting(["number"]) == LogKey.names)
    }
}
