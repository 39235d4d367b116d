//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@Suite("How a request ended")
struct RequestRecordTests {
    @Test(
        "follows from its status",
        arguments: [
            (200, .ok, .info), (201, .ok, .info), (202, .ok, .info), (204, .ok, .info), (206, .ok, .info),
            (301, .ok, .info),
            (304, .ok, .info), (307, .ok, .info), (399, .ok, .info),
            // What clients do every day is no reason to worry.
            (401, .refused, .info), (404, .refused, .info), (416, .refused, .info),
            (400, .refused, .warn), (403, .refused, .warn), (405, .refused, .warn), (408, .refused, .warn),
            (409, .refused, .warn),
            (411, .refused, .warn), (413, .refused, .warn), (414, .refused, .warn), (429, .refused, .warn),
            (431, .refused, .warn),
            (499, .refused, .warn),
            (500, .failed, .error), (502, .failed, .error), (503, .failed, .error), (507, .failed, .error),
            (599, .failed, .error),
        ] as [(Int, RequestOutcome, Severity)]
    )
    func byStatus(status: Int, outcome: RequestOutcome, severity: Severity) {
        let record = Sample.record(status: status)
        #expect(record.outcome == outcome)
        #expect(record.severity == severity)
    }

    @Test("is aborted if the client went away, whatever the status", arguments: [0, 200, 206, 404, 499, 500])
    func aborted(status: Int) {
        let record = Sample.record(status: status, isAborted: true)
        #expect(record.outcome == .aborted)
        #expect(record.severity == .warn)
    }

    @Test("is aborted with status 499 if the client had gone before the answer", arguments: [200, 201, 404, 499, 500])
    func unsent(status: Int) {
        var record = Sample.record(status: 0)
        record.foundNobody(toTell: status)
        #expect(record.status == 499 && record.outcome == .aborted && record.isAborted)
        #expect(record.unsentStatus == (status == 499 ? nil : status))
        #expect(record.result == status)
    }

    @Test(
        "matters to an auditor by what was done, also where nobody was told",
        arguments: [("PUT", 201, .written), ("DELETE", 202, .deleted), ("GET", 401, .denied), ("PUT", 500, nil)]
            as [(String, Int, AuditAction?)]
    )
    func audit(method: String, status: Int, action: AuditAction?) {
        #expect(Sample.record(method, status: status).auditAction == action)
        var record = Sample.record(method, status: 0)
        record.foundNobody(toTell: status)
        #expect(record.auditAction == action)
    }

    @Test("is failed if the server broke its answer off, whatever the status", arguments: [200, 206])
    func brokenOff(status: Int) {
        let record = Sample.record(status: status, isBrokenOff: true)
        #expect(record.outcome == .failed)
        #expect(record.severity == .error)
        #expect(record.isCutShort)
    }

    @Test("Severities are ordered")
    func severities() {
        #expect(Severity.allCases.shuffled().sorted() == [.debug, .info, .warn, .error])
        #expect(Severity.warn > .info)
        #expect(!(Severity.warn < .warn))
    }
}

@Suite("Labels")
struct LabelTests {
    @Test("of status cover every status that an error code gives", arguments: ErrorCode.allCases)
    func errorCodes(code: ErrorCode) {
        #expect(StatusLabel(code.status) != .other)
        #expect(StatusLabel(code.status).rawValue == "\(code.status)")
    }

    @Test(
        "of status cover every status that is given otherwise",
        arguments: [200, 201, 202, 204, 206, 301, 304, 307, 400, 408, 409, 411, 413, 414, 416, 431, 499, 503, 507]
    )
    func otherStatus(status: Int) {
        #expect(StatusLabel(status).rawValue == "\(status)")
    }

    @Test(
        "of status are other for all else",
        arguments: [-1, 0, 1, 100, 199, 203, 299, 418, 501, 600, 2000, .max, .min]
    )
    func unknownStatus(status: Int) {
        #expect(StatusLabel(status) == .other)
    }

    @Test("of status are of their number, and of nothing else")
    func everyStatus() {
        for status in 0..<1000 where StatusLabel(status) != .other {
            #expect(StatusLabel(status).rawValue == "\(status)")
        }
        #expect((0..<1000).filter { StatusLabel($0) != .other }.count == StatusLabel.allCases.count - 1)
    }

    @Test(
        "of methods are lower case, and unknown for all that the API does not know",
        arguments: [
            ("GET", .get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("PATCH", .patch), ("DELETE", .delete),
            ("OPTIONS", .options), ("get", .unknown), ("TRACE", .unknown), ("CONNECT", .unknown), ("", .unknown),
            ("GET ", .unknown),
            ("BREW", .unknown),
        ] as [(String, MethodName)]
    )
    func methods(method: String, label: MethodName) {
        #expect(MethodName(method) == label)
        #expect(label == .unknown || label.rawValue == method.lowercased())
    }

    @Test("of routes and actions are distribution's")
    func names() {
        let routes = ["base", "tags", "manifest", "catalog", "blob", "blob_upload", "blob_upload_chunk"]
        #expect(RouteName.allCases.prefix(7).map(\.rawValue) == routes)
        let actions = ["GetContent", "PutContent", "Stat", "List", "Move", "Delete", "RedirectURL", "Walk"]
        #expect(StorageAction.allCases.prefix(8).map(\.rawValue) == actions)
    }
}
