//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Questions about logs")
struct LogQueryTests {
    private func pull(_ sequence: Int, _ repository: String, _ tag: String, bytes: Int64, user: String? = nil) throws
        -> String
    {
        try Lines.request(sequence) {
            $0.route = .manifest
            $0.repository = try RepositoryName(repository)
            $0.reference = .tag(try Tag(tag))
            $0.bytesOut = bytes
            $0.user = user
            $0.userAgent = "containerd/1.7"
            $0.duration = .milliseconds(sequence)
        }
    }

    private func rows(_ query: some LogQuery, top: Int = 10) -> [[ResultTable.Value]] { query.answer(top: top).rows }

    @Test func slowestRequestsComeFirst() throws {
        let lines = try (1...100).shuffled().map { try pull($0, "a/b", "t", bytes: 1) }
        let query = Lines.ask(SlowestRequests(top: 3), lines)
        #expect(rows(query).map(\.[0]) == [.number(100_000), .number(99_000), .number(98_000)])
    }

    @Test func routesHaveQuantiles() throws {
        let lines = try (1...1000).map { try pull($0, "a/b", "t", bytes: 1) }
        let row = try #require(rows(Lines.ask(SlowestRoutes(), lines)).first)
        #expect(row[...3] == [.text("manifest"), .text("GET"), .number(1000), .number(500_500)])
        for (value, exact) in zip(row[4...6], [500_000.0, 900_000, 990_000]) {
            guard case .number(let number) = value else {
                Issue.record("\(value)")
                continue
            }
            #expect(Double(number) >= exact && Double(number) <= exact * 1.02)
        }
        #expect(row[7] == .number(1_000_000))
    }

    @Test func quantilesAreNeverBelowAndHardlyAbove() {
        for count in [1, 2, 3, 100, 5000] {
            var sketch = QuantileSketch()
            var values: [Int64] = []
            for number in 1...count {
                let value = Int64(number) * Int64(number) * 37 % 1_000_003
                values.append(value)
                sketch.add(value)
            }
            values.sort()
            for share in [0.5, 0.9, 0.99, 1] {
                let exact = values[Int((Double(count) * share).rounded(.up)) - 1]
                #expect(sketch.quantile(share) >= exact)
                #expect(Double(sketch.quantile(share)) <= Double(exact) * 1.016 + 1)
            }
        }
    }

    @Test func errorsAreGrouped() throws {
        let lines = try (1...5).map { number in
            try Lines.request(number) {
                $0.route = .manifest
                $0.status = number <= 3 ? 404 : 200
                if number <= 3 { $0.error = RegistryError(.manifestUnknown, detail: "no \(number)") }
            }
        }
        let row = try #require(rows(Lines.ask(ErrorsByCode(), lines)).first)
        #expect(rows(Lines.ask(ErrorsByCode(), lines)).count == 1)
        #expect(
            row[...4] == [.number(3), .text("MANIFEST_UNKNOWN"), .number(404), .text("manifest"), .text("refused")]
        )
        #expect(row[7] == .text("no 3"))
    }

    @Test func whoPulledATagIsTold() throws {
        let lines = [
            try pull(1, "library/alpine", "3.20", bytes: 10, user: "alice"),
            try pull(2, "library/alpine", "3.20", bytes: 10, user: "alice"),
            try pull(3, "library/alpine", "3.19", bytes: 10, user: "bob"),
            try pull(4, "library/other", "3.20", bytes: 10, user: "carol"),
        ]
        let tag = Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/alpine:3.20")), lines)
        #expect(
            rows(tag).map { Array($0[...5]) } == [
                [.text("alice"), .text("192.0.2.7"), .text("containerd"), .number(2), .number(0), .number(20)]
            ]
        )
        let all = Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/alpine")), lines)
        #expect(rows(all).map(\.[0]) == [.text("alice"), .text("bob")])
    }

    private let digest = "sha256:" + String(repeating: "ab", count: 32)

    private func manifest(_ sequence: Int, _ method: String, _ tag: String?, from host: String) throws -> String {
        try Lines.request(sequence) {
            $0.route = .manifest
            $0.method = method
            $0.repository = try RepositoryName("library/alpine")
            $0.digest = try Digest(digest)
            $0.reference = try tag.map { .tag(try Tag($0)) } ?? .digest(try Digest(digest))
            $0.remoteAddress = "\(host):\(4000 + sequence)"
        }
    }

    /// As containerd and docker do.
    @Test func pullOfTheDigestThatATagWasResolvedToIsOneOfTheTag() throws {
        let lines = [
            try manifest(1, "GET", nil, from: "192.0.2.1"), try manifest(2, "HEAD", "3.20", from: "192.0.2.1"),
            try manifest(3, "GET", nil, from: "192.0.2.1"), try manifest(4, "GET", nil, from: "192.0.2.2"),
            try manifest(5, "HEAD", "3.19", from: "192.0.2.2"), try manifest(6, "GET", nil, from: "192.0.2.2"),
            try manifest(7, "GET", "3.18", from: "192.0.2.1"),
        ]
        let tag = Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/alpine:3.20")), lines)
        #expect(rows(tag).map { [$0[1], $0[3]] } == [[.text("192.0.2.1"), .number(1)]])
        let all = Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/alpine@\(digest)")), lines)
        #expect(rows(all).map(\.[3]) == [.number(3), .number(2)])
    }

    @Test func blobsThatTheStorageSentArePulls() throws {
        let lines = try (1...4).map { number in
            try Lines.request(number) {
                $0.route = number == 4 ? .manifest : .blob
                $0.method = number == 3 ? "HEAD" : "GET"
                $0.status = 307
                $0.repository = try RepositoryName("a/b")
                $0.digest = try Digest(digest)
            }
        }
        let row = try #require(rows(Lines.ask(Transfers(.pulls, by: .repository), lines)).first)
        #expect(row[...3] == [.text("a/b"), .number(0), .number(2), .number(0)])
    }

    @Test(arguments: ["", ":tag", "UPPER/case", "a b", "a/b:", "a/b:-x", "a/b@sha256:12", "http://a/b"])
    func namesThatNothingCanHaveAreRefused(text: String) {
        #expect(throws: RegistryError.self) { try TransferFilter(text) }
    }

    @Test func repositoryThatNoLineNamesIsKnown() throws {
        let lines = [try pull(1, "library/alpine", "3.20", bytes: 10)]
        #expect(!Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/other")), lines).hasMetRepository)
        #expect(Lines.ask(Transfers(.pulls, by: .actor, of: try .init("library/alpine:3.21")), lines).hasMetRepository)
    }

    @Test func rowsThatAreLeftOutAreCounted() throws {
        let lines = try (1...12).map { try pull($0, "a/b\($0)", "t\($0)", bytes: 1) }
        func check(_ query: some LogQuery, of count: Int = 12) {
            #expect(query.answer(top: 5).rows.count == min(5, count))
            #expect(query.answer(top: 5).omitted == max(0, count - 5))
            #expect(query.answer(top: nil).rows.count == count)
            #expect(query.answer(top: nil).omitted == 0)
        }
        check(Lines.ask(Totals(by: .repository), lines))
        check(Lines.ask(Transfers(.pulls, by: .repository), lines))
        check(Lines.ask(SlowestRequests(top: nil), lines))
        check(Lines.ask(SlowestRoutes(), lines), of: 1)
        let slowest = Lines.ask(SlowestRequests(top: 5), lines).answer(top: 5)
        #expect(slowest.omitted == 7)
        #expect(slowest.rows == Lines.ask(SlowestRequests(top: nil), lines).answer(top: 5).rows)
    }

    @Test func pushesCountImagesBlobsAndBytes() throws {
        func request(_ sequence: Int, _ route: RouteName, _ method: String, _ status: Int, _ bytes: Int64) throws
            -> String
        {
            try Lines.request(sequence) {
                $0.route = route
                $0.method = method
                $0.status = status
                $0.bytesIn = bytes
                $0.repository = try RepositoryName("a/b")
            }
        }
        let lines = [
            try request(1, .blobUpload, "POST", 202, 0), try request(2, .blobUploadChunk, "PATCH", 202, 100),
            try request(3, .blobUploadChunk, "PUT", 201, 50), try request(4, .blobUpload, "POST", 201, 0),
            try request(5, .manifest, "PUT", 201, 7), try request(6, .manifest, "PUT", 400, 1000),
            try request(7, .manifest, "GET", 200, 0),
        ]
        let row = try #require(rows(Lines.ask(Transfers(.pushes, by: .repository), lines)).first)
        #expect(row[...3] == [.text("a/b"), .number(1), .number(2), .number(157)])
    }

    @Test func pushWhoseClientDidNotWaitIsOneAndAPullIsNone() throws {
        func request(_ sequence: Int, _ method: String, _ result: Int) throws -> String {
            try Lines.request(sequence) {
                $0.route = .manifest
                $0.method = method
                $0.repository = try RepositoryName("a/b")
                ($0.bytesIn, $0.bytesOut) = (7, 7)
                $0.foundNobody(toTell: result)
            }
        }
        let lines = [try request(1, "PUT", 201), try request(2, "PUT", 400), try request(3, "GET", 200)]
        let pushed = try #require(rows(Lines.ask(Transfers(.pushes, by: .repository), lines)).first)
        #expect(pushed[...2] == [.text("a/b"), .number(1), .number(0)])
        let pulled = try #require(rows(Lines.ask(Transfers(.pulls, by: .repository), lines)).first)
        #expect(pulled[...2] == [.text("a/b"), .number(0), .number(0)])
    }

    @Test func numbersOfAnySizeCanBeAdded() {
        var sketch = QuantileSketch()
        for _ in 1...3 { sketch.add(.max) }
        #expect(sketch.sum == .max && sketch.quantile(0.5) == .max)
        var sum = Int64.min
        sum.add(saturating: -1)
        #expect(sum == .min)
    }

    @Test func totalsByRepositoryAreSortedByBytes() throws {
        let lines = [
            try pull(1, "a/small", "t", bytes: 1), try pull(2, "a/large", "t", bytes: 5),
            try pull(3, "a/large", "t", bytes: 5),
        ]
        let table = rows(Lines.ask(Totals(by: .repository), lines))
        #expect(
            table.map { Array($0[...2]) } == [
                [.text("a/large"), .number(2), .number(10)], [.text("a/small"), .number(1), .number(1)],
            ]
        )
    }

    @Test func requestIsFoundByAnyOfItsIDs() throws {
        let record = try Sample.fullRecord()
        let line = try Sample.line(of: .request(.init(record)))
        for id in ["00000000000000010000000000000002", "0123456789abcdef0123456789abcdef", "job-17"] {
            let query = Lines.ask(RequestByID(id), [line])
            #expect(query.isFound)
            #expect(rows(query).contains([.text("repository"), .text("team/app")]))
            #expect(rows(query).contains([.text("status"), .number(507)]))
        }
        #expect(!Lines.ask(RequestByID("other"), [line]).isFound)
    }

    @Test func journalsEntriesAnswerToo() throws {
        let entry = #"""
            {"__CURSOR":"s=1","__REALTIME_TIMESTAMP":"1700000000123456","LOG_KIND":"access","HTTP_METHOD":"GET",\#
            "HTTP_ROUTE":"manifest","HTTP_STATUS":"200","REGISTRY_REPOSITORY":"a/b","BYTES_OUT":"12","DURATION_USEC":"7",\#
            "REQUEST_OUTCOME":"ok","CLIENT_FAMILY":"docker","MESSAGE":"GET manifest a/b 200"}
            """#
        let row = try #require(rows(Lines.ask(Totals(by: .repository), [entry])).first)
        #expect(row[...2] == [.text("a/b"), .number(1), .number(12)])
    }

    @Test func formatsAreExactWhereMachinesRead() {
        var table = ResultTable([
            .init("name"), .init("size", .bytes), .init("time", .microseconds), .init("n", .count),
        ])
        table.add([.text("a,\"b\"\nc"), .number(1536), .number(2_500_000), .number(3)])
        table.add([.none, .number(12), .number(12), .none])
        #expect(
            ResultFormat.csv.text(of: table)
                == "name,size,time,n\r\n\"a,\"\"b\"\"\nc\",1536,2500000,3\r\n,12,12,\r\n"
        )
        #expect(
            ResultFormat.json.text(of: table) == #"""
                [
                {"name":"a,\"b\"\nc","size":1536,"time":2500000,"n":3},
                {"name":null,"size":12,"time":12,"n":null}
                ]

                """#
        )
        #expect(
            ResultFormat.table.text(of: table) == """
                name        size   time  n
                a,"b"\u{fffd}c  1.5 KiB  2.5 s  3
                -           12 B  12 µs  -

                """
        )
        #expect(ResultFormat.json.text(of: ResultTable([])) == "[]\n")
    }
}
