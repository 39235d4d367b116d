//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("What a sink takes, while it works", .timeLimit(.minutes(5)))
struct LiveFilterTests {
    @Test("fits into a word and comes out again")
    func packing() {
        for level in Severity.allCases {
            for other in Severity.allCases {
                for kinds in (0..<8 as Range<UInt8>).map(LogKinds.init(rawValue:)) {
                    let filter = SinkFilter(kinds: kinds, eventLevel: level, accessLevel: other)
                    #expect(SinkFilter(packed: filter.packed) == filter)
                }
            }
        }
    }

    @Test("is, of several together, what one of them takes")
    func union() {
        let filters = (0..<8 as Range<UInt8>).map(LogKinds.init(rawValue:)).flatMap { kinds in
            Severity.allCases.map { SinkFilter(kinds: kinds, eventLevel: $0, accessLevel: $0) }
        }
        let entries: [LogKinds] = [.access, [.access, .audit], .event, [.event, .audit]]
        for first in filters {
            for second in filters {
                let union = SinkFilter(anyOf: [first, second])
                let differing = entries.filter { entry in
                    Severity.allCases.contains { severity in
                        let isTaken = first.accepts(entry, severity) || second.accepts(entry, severity)
                        return union.accepts(entry, severity) != isTaken
                    }
                }
                #expect(differing.isEmpty)
            }
        }
        #expect(!SinkFilter(anyOf: []).accepts([.access, .event, .audit], .error))
    }

    @Test("changes for all entries that come after")
    func change() async throws {
        let channel = try Channel()
        let plan = SinkPlan.stdout(SinkFilter(eventLevel: .error), descriptor: channel.writeEnd)
        let log = try LogPipeline([plan], instruments: Instruments(driverName: "inmemory"))
        let view = AccessLog(log)
        log.start()
        view.note(ServerEvent(.serverStarted, [.init(.address, .text("one"))]))
        log.setFilters([.stdout: SinkFilter(eventLevel: .info), .file: SinkFilter(kinds: [])])
        view.note(ServerEvent(.serverStarted, [.init(.address, .text("two"))]))
        await log.stop()
        channel.closeWriteEnd()
        let text = channel.readAll()
        #expect(!text.contains("one") && text.contains("two"))
    }

    @Test("has changes of the server among audit entries, whatever the level")
    func audit() async throws {
        let channel = try Channel()
        let plan = SinkPlan.stdout(SinkFilter(kinds: .audit, eventLevel: .error), descriptor: channel.writeEnd)
        let log = try LogPipeline([plan], instruments: Instruments(driverName: "inmemory"))
        let view = AccessLog(log)
        log.start()
        view.note(ServerEvent(.serverStarted))
        view.note(ServerEvent(.readOnlyLeft, [.init(.by, .text("uid 0, pid 1"))]))
        await log.stop()
        channel.closeWriteEnd()
        let text = channel.readAll()
        #expect(!text.contains("server_started") && text.contains("read_only_left"))
    }
}
