//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// The time is what the test says it is.
@Suite("Troubles with a collector")
struct ExportTroubleTests {
    private typealias Outcome = ExportSchedule.Outcome

    private static let fine = Outcome.delivered(rejected: 0, message: "")
    private static let partial = Outcome.delivered(rejected: 1, message: "x")
    private static let refused = Outcome.refused(status: 400, message: "")

    private struct Told {
        var trouble = ExportTrouble()

        mutating func after(_ outcome: Outcome, _ seconds: Int) -> String? {
            trouble.event(after: outcome, at: .seconds(seconds), to: "http://a")?.name.rawValue
        }

        mutating func at(_ seconds: Int) -> String? {
            trouble.event(at: .seconds(seconds), to: "http://a")?.name.rawValue
        }
    }

    @Test("are told once, and once that they are over for a while")
    func once() {
        var told = Told()
        #expect(told.after(Self.fine, 0) == nil)
        #expect(told.after(.unreachable(cause: "x"), 1) == "trace_export_failing")
        #expect(told.after(.unavailable(status: 503, retryAfter: nil), 2) == nil)
        #expect(told.after(Self.refused, 3) == nil)
        #expect(told.after(Self.fine, 10) == nil)
        #expect(told.after(Self.fine, 69) == nil)
        #expect(told.after(Self.fine, 70) == "trace_export_recovered")
        #expect(told.after(Self.fine, 71) == nil)
        #expect(told.after(Self.refused, 72) == "trace_export_failing")
    }

    @Test("of a collector that takes every other batch are one trouble")
    func flapping() {
        var told = Told()
        let events = (0..<1000).compactMap { told.after($0 % 2 == 0 ? Self.refused : Self.fine, 5 * $0) }
        #expect(events == ["trace_export_failing"])
        // The last was fine.
        #expect(told.at(5 * 999 + 59) == nil)
        #expect(told.at(5 * 999 + 60) == "trace_export_recovered")
        #expect(told.at(5 * 999 + 61) == nil)
    }

    @Test("are not over as long as nothing is sent")
    func silence() {
        var told = Told()
        #expect(told.after(Self.refused, 0) == "trace_export_failing")
        #expect(told.at(10_000) == nil)
    }

    @Test("with a part of the spans are told once in the same way")
    func partial() {
        var told = Told()
        #expect(told.after(Self.partial, 0) == "trace_export_partial")
        for seconds in 1..<100 {
            #expect(told.after(seconds % 2 == 0 ? Self.partial : Self.fine, seconds) == nil)
        }
        #expect(told.after(Self.fine, 200) == nil)
        #expect(told.after(Self.partial, 201) == "trace_export_partial")
        #expect(told.after(Self.refused, 202) == "trace_export_failing")
    }

    @Test("with a part of the spans do not hide that the rest of them arrives again")
    func partialRecovery() {
        var told = Told()
        #expect(told.after(Self.refused, 0) == "trace_export_failing")
        #expect(told.after(Self.partial, 1) == "trace_export_partial")
        #expect(told.after(Self.partial, 61) == "trace_export_recovered")
    }
}
