//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite("Waterfalls")
struct WaterfallTests {
    private static let day: UInt64 = 1_700_000_000_000_000_000

    private func span(
        _ id: String,
        in parent: String? = nil,
        _ name: String,
        _ from: UInt64,
        _ to: UInt64,
        _ attributes: [String: String] = [:],
        isError: Bool = false,
        message: String = ""
    ) -> StoredSpan {
        StoredSpan(
            traceID: "4bf92f3577b34da6a3ce929d0e0e4736",
            id: id,
            parentID: parent,
            name: name,
            start: Self.day + from * 1000,
            end: Self.day + to * 1000,
            attributes: attributes,
            isError: isError,
            message: message
        )
    }

    @Test("show what happened within what, when, and for how long")
    func picture() {
        let request = [
            "registry.request_id": "r", "http.response.status_code": "201", "registry.repository": "a/b",
            "registry.reference": "1", "sampling.reason": "slow",
        ]
        let spans = [
            span("1", in: "elsewhere", "PUT /v2/{name}/manifests/{reference}", 0, 2000, request),
            span("4", in: "1", "upload commit", 1000, 1500, ["registry.bytes": "71"]),
            span("5", in: "4", "storage Move", 1100, 1400),
            span("2", in: "1", "storage GetContent", 10, 60, ["registry.result": "not_found"]),
            span(
                "6",
                in: "1",
                "storage PutContent",
                1500,
                1990,
                ["error.type": "no_space"],
                isError: true,
                message: "x\u{1b}[2J"
            ),
        ]
        let expected = """
            trace 4bf92f3577b34da6a3ce929d0e0e4736   2023-11-14 22:13:20.000 UTC   2.000 ms   5 spans   kept: slow
            PUT /v2/{name}/manifests/{reference}  2.000 ms  |████████████████████████████████████████|  201 a/b:1
            ├─ storage GetContent                 0.050 ms  |█                                       |  not_found
            ├─ upload commit                      0.500 ms  |                    ██████████          |  71 bytes
            │  └─ storage Move                    0.300 ms  |                      ██████            |
            └─ storage PutContent                 0.490 ms  |                              ██████████|  failed: no_space — x�[2J

            """
        #expect(Waterfall(spans.reversed(), hasColour: false).text == expected)
        let coloured = Waterfall(spans, hasColour: true).text.split(separator: "\n")
        #expect(coloured.count { $0.hasPrefix("\u{1b}[31m") && $0.hasSuffix("\u{1b}[0m") } == 1)
        #expect(coloured.last?.hasPrefix("\u{1b}[31m└─ storage PutContent") == true)
    }

    @Test("have all requests of a trace, one under the other")
    func severalRoots() {
        let text = Waterfall([span("1", "A", 0, 10), span("2", "B", 50, 100)], hasColour: false).text
        #expect(
            text == """
                trace 4bf92f3577b34da6a3ce929d0e0e4736   2023-11-14 22:13:20.000 UTC   0.100 ms   2 spans
                A  0.010 ms  |████                                    |
                B  0.050 ms  |                    ████████████████████|

                """
        )
    }

    @Test("come to an end whatever is in the file")
    func nonsense() {
        let loop = [span("1", in: "2", "A", 5, 5), span("2", in: "1", "B", 5, 5), span("3", in: "3", "C", 5, 5)]
        let text = Waterfall(loop + loop, hasColour: false).text
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains("C  0.000 ms  |█"))
    }

    @Test(
        "times have three digits after the point",
        arguments: [(0, "0.000 ms"), (999, "0.000 ms"), (1_234_567_890, "1234.567 ms"), (1_005_000, "1.005 ms")]
    )
    func milliseconds(nanoseconds: UInt64, text: String) { #expect(Waterfall.milliseconds(nanoseconds) == text) }
}
