//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Synchronization
import Testing

@Suite("Metrics of requests", .timeLimit(.minutes(5)))
struct MetricsObserverTests {
    private let instruments = Instruments(driverName: "test")

    @Test("come from the record, each value into its own metric")
    func record() {
        let observer = MetricsObserver(instruments)
        var record = Sample.record("PUT", route: .blobUploadChunk, status: 201)
        record.bytesIn = 5000
        record.bytesOut = 7
        record.duration = .milliseconds(20)
        record.timeToFirstByte = .milliseconds(10)
        observer.begin(.blobUploadChunk)
        #expect(instruments.inFlight[.blobUploadChunk].value == 1)
        observer.conclude(record)
        #expect(instruments.inFlight[.blobUploadChunk].value == 0)
        #expect(instruments.requests[.blobUploadChunk][.created][.put].value == 1)
        #expect(instruments.requestDuration[.blobUploadChunk][.put].sum == 20_000_000)
        #expect(instruments.requestSize[.blobUploadChunk].sum == 5000)
        #expect(instruments.responseSize[.blobUploadChunk].sum == 7)
        #expect(instruments.timeToFirstByte[.blobUploadChunk].sum == 10_000_000)
        #expect(instruments.aborted[.blobUploadChunk].value == 0)
        #expect(ErrorCode.allCases.allSatisfy { instruments.errors[$0].value == 0 })
        let (client, other) = (instruments.clientRequests, instruments.clientBytes[.other])
        #expect(client[.other][.ok].value == 1)
        #expect(other[.received].value == 5000)
        #expect(other[.sent].value == 7)
        // And nothing else.
        let used = instruments.families.flatMap { family in family.series.map { (family.name, $0) } }
            .filter { entry in
                if case .gauge(let gauge) = entry.1.instrument { return gauge.value != 0 }
                return entry.1.instrument.isUsed
            }
        #expect(used.count == 8)
    }

    @Test("have no time to the first byte where there was no answer")
    func noAnswer() {
        MetricsObserver(instruments).conclude(Sample.record(status: 499, isAborted: true))
        #expect(instruments.timeToFirstByte[.manifest].counts.allSatisfy { $0 == 0 })
        #expect(instruments.aborted[.manifest].value == 1)
        #expect(instruments.requests[.manifest][.clientClosedRequest][.get].value == 1)
    }

    @Test("count an answer that nobody was there for as that, and as no failure and no download")
    func unsent() {
        for status in [307, 500] {
            var record = Sample.record(route: .blob, status: 0, error: status == 500 ? .unknown : nil)
            record.redirectedBytes = status == 307 ? 5 : nil
            record.foundNobody(toTell: status)
            MetricsObserver(instruments).conclude(record)
        }
        let requests = instruments.requests[.blob]
        #expect(requests[.clientClosedRequest][.get].value == 2)
        #expect(requests[.internalServerError][.get].value == 0 && requests[.temporaryRedirect][.get].value == 0)
        #expect(instruments.aborted[.blob].value == 2)
        #expect(instruments.clientRequests[.other][.aborted].value == 2)
        #expect(instruments.errors[.unknown].value == 1)
        #expect(instruments.blobDownloads[.yes].counts.allSatisfy { $0 == 0 })
    }

    @Test("tell answers that the server broke off from clients that went away")
    func brokenOff() {
        MetricsObserver(instruments).conclude(Sample.record(route: .blob, isBrokenOff: true))
        #expect(instruments.brokenOff[.blob].value == 1)
        #expect(instruments.aborted[.blob].value == 0)
        #expect(instruments.clientRequests[.other][.failed].value == 1)
        #expect(instruments.blobDownloads[.no].counts.allSatisfy { $0 == 0 })
    }

    @Test("count every error by its code and status", arguments: ErrorCode.allCases)
    func errors(code: ErrorCode) {
        MetricsObserver(instruments).conclude(Sample.record(status: code.status, error: code))
        for other in ErrorCode.allCases { #expect(instruments.errors[other].value == (other == code ? 1 : 0)) }
        #expect(instruments.requests[.manifest][StatusLabel(code.status)][.get].value == 1)
        #expect(instruments.requests[.manifest][.other][.get].value == 0)
    }

    @Test("tell routes, methods and status apart")
    func labels() {
        let observer = MetricsObserver(instruments)
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"]
        for route in RouteName.allCases {
            for method in methods { observer.conclude(Sample.record(method, route: route)) }
        }
        for route in RouteName.allCases {
            for method in MethodName.allCases {
                #expect(instruments.requests[route][.ok][method].value == 1)
                #expect(instruments.requestDuration[route][method].counts.reduce(0, +) == 1)
            }
            #expect(instruments.requestSize[route].counts.reduce(0, +) == 8)
        }
    }

    @Test("tell clients apart by their table, and never by their own words")
    func clients() {
        let observer = MetricsObserver(instruments)
        for agent in ["containerd/2.0", "docker/27.1", "made-up/1", ""] {
            var record = Sample.record(status: agent.isEmpty ? 404 : 200)
            record.userAgent = agent
            record.bytesOut = 10
            observer.conclude(record)
        }
        #expect(instruments.clientRequests[.containerd][.ok].value == 1)
        #expect(instruments.clientRequests[.docker][.ok].value == 1)
        #expect(instruments.clientRequests[.other][.ok].value == 1)
        #expect(instruments.clientRequests[.other][.refused].value == 1)
        #expect(instruments.clientBytes[.other][.sent].value == 20)
        #expect(instruments.clientBytes[.containerd][.received].value == 0)
    }

    @Test("have the size of a blob that was sent whole, and the rate of one that is large")
    func blobs() {
        let observer = MetricsObserver(instruments)
        func pull(_ status: Int, _ bytes: Int64, isAborted: Bool = false) {
            var record = Sample.record(route: .blob, status: status, isAborted: isAborted)
            record.bytesOut = bytes
            record.timeToFirstByte = .seconds(1)
            record.duration = .seconds(3)
            observer.conclude(record)
        }
        pull(200, 100)
        pull(200, 20 << 20)
        pull(206, 4 << 20)
        pull(200, 8 << 20, isAborted: true)
        pull(404, 2 << 20)
        #expect(instruments.blobDownloads[.no].sum == 100 + (20 << 20))
        #expect(instruments.blobDownloads[.no].counts.reduce(0, +) == 2)
        #expect(instruments.blobRate[.read].sum == 12 << 20)
        #expect(instruments.blobRate[.read].counts.reduce(0, +) == 2)
        var push = Sample.record("PATCH", route: .blobUploadChunk, status: 202)
        push.bytesIn = 3 << 20
        push.duration = .seconds(3)
        observer.conclude(push)
        #expect(instruments.blobRate[.write].sum == 1 << 20)
        // A duration too short to be true.
        push.bytesIn = 1 << 40
        push.duration = .nanoseconds(1)
        observer.conclude(push)
        #expect(instruments.blobRate[.write].counts.last == 1)
    }

    @Test("are exact when requests end at once")
    func concurrency() async {
        let observer = MetricsObserver(instruments)
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    for turn in 0..<500 {
                        observer.begin(.blob)
                        observer.conclude(Sample.record(route: .blob, status: turn % 2 == 0 ? 200 : 404))
                    }
                }
            }
        }
        #expect(instruments.requests[.blob][.ok][.get].value == 2000)
        #expect(instruments.requests[.blob][.notFound][.get].value == 2000)
        #expect(instruments.inFlight[.blob].value == 0)
        #expect(instruments.requestDuration[.blob][.get].counts.reduce(0, +) == 4000)
    }
}

@Suite("Observers", .timeLimit(.minutes(5)))
struct ObserversTests {
    private final class Spy: Observer {
        private let seen = Mutex<[String]>([])

        func begin(_ route: RouteName) { seen.withLock { $0.append("begin \(route.rawValue)") } }
        func conclude(_ record: RequestRecord) { seen.withLock { $0.append("conclude \(record.status)") } }
        func note(_ event: ServerEvent) { seen.withLock { $0.append("note \(event.name.rawValue)") } }

        var all: [String] { seen.withLock { $0 } }
    }

    @Test("all see everything, in order")
    func fanOut() {
        let spies = (0..<3).map { _ in Spy() }
        let observers = Observers(spies)
        observers.begin(.blob)
        observers.conclude(Sample.record(status: 206))
        observers.note(ServerEvent(.serverStarted))
        for spy in spies { #expect(spy.all == ["begin blob", "conclude 206", "note server_started"]) }
    }

    @Test("may be none")
    func none() {
        let observers = Observers([])
        observers.begin(.blob)
        observers.conclude(Sample.record())
        observers.note(ServerEvent(.serverStarted))
    }
}
