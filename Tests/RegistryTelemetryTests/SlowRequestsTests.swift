//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Synchronization
import Testing

@testable import RegistryTelemetry

@Suite("Slow requests")
struct SlowRequestsTests {
    private final class Events: Observer {
        private let events = Mutex<[ServerEvent]>([])
        var all: [ServerEvent] { events.withLock { $0 } }
        func conclude(_ record: RequestRecord) {}
        func note(_ event: ServerEvent) { events.withLock { $0.append(event) } }
    }

    private let instruments = Instruments(driverName: "inmemory")
    private let events = Events()
    private let start = MonotonicTime.now

    private func record(wait: Duration?, sending: Duration = .zero) throws -> RequestRecord {
        var record = Sample.record()
        record.startInstant = start
        record.repository = try RepositoryName("team/app")
        record.waited = sending
        record.timeToFirstByte = wait
        record.duration = wait ?? .zero
        return record
    }

    private func observer(burst: Int = 2) -> SlowRequests {
        SlowRequests(
            .seconds(1),
            instruments,
            observer: events,
            EventAllowance(burst: burst, interval: .seconds(10), now: start)
        )
    }

    @Test("are those that let their client wait, its own sending not counted")
    func threshold() throws {
        let observer = observer()
        observer.conclude(try record(wait: nil))
        observer.conclude(try record(wait: .seconds(1)))
        observer.conclude(try record(wait: .seconds(9), sending: .seconds(8)))
        #expect(events.all.isEmpty)
        observer.conclude(try record(wait: .seconds(9), sending: .seconds(7)))
        let event = try #require(events.all.first)
        #expect(event.name == .slowRequest)
        #expect(
            event.fields.map(\.key)
                == ["request_id", "route", "method", "repository", "status", "waited_us", "suppressed"]
        )
        #expect(event.fields.map(\.value).suffix(3) == [.number(200), .number(2_000_000), .number(0)])
        #expect(instruments.slow[.manifest].value == 1)
    }

    @Test("whose client gave up are told of like others: it is they who suffer most")
    func aborted() throws {
        var record = try record(wait: .seconds(5))
        record.foundNobody(toTell: 200)
        observer().conclude(record)
        #expect(instruments.slow[.manifest].value == 1)
        let event = try #require(events.all.first)
        #expect(event.fields.first { $0.key == "status" }?.value == .number(499))
    }

    @Test("are all counted, but told of only as often as the log can bear, with the number of those left out")
    func flood() throws {
        let observer = observer()
        for _ in 0..<100 { observer.conclude(try record(wait: .seconds(2))) }
        #expect(events.all.count == 2)
        #expect(instruments.slow[.manifest].value == 100)
        observer.conclude(try record(wait: .seconds(15)))
        #expect(events.all.count == 3)
        #expect(events.all.last?.fields.last?.value == .number(98))
    }

    @Test("get their allowance back one by one, and never more than the burst")
    func allowance() {
        let start = MonotonicTime.now
        var allowance = EventAllowance(burst: 2, interval: .seconds(10), now: start)
        func take(_ seconds: Int) -> Int64? { allowance.take(start + .seconds(seconds)) }
        #expect([take(0), take(0), take(1), take(9)] == [0, 0, nil, nil])
        #expect([take(10), take(19)] == [2, nil])
        #expect([take(500), take(500), take(500)] == [1, 0, nil])
        #expect([take(509), take(510), take(511)] == [nil, 2, nil])
    }
}
