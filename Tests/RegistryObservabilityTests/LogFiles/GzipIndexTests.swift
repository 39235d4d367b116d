//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib
import Glibc
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("The times that compressed log files tell of", .timeLimit(.minutes(5)))
struct GzipIndexTests {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    private static let start: Int64 = 1_700_000_000_000_000

    private func line(_ number: Int) -> String {
        let time = WallTime(microseconds: Self.start + Int64(number) * 1_000_000)
        return #"{"ts":"\#(time.description)","seq":\#(number)}"# + "\n"
    }

    /// Writes a file of members, each with these lines.
    private func write(_ members: [String], to name: String) throws {
        var gzip = try GzipWriter(level: 6)
        var bytes: [UInt8] = []
        for member in members {
            try Array(member.utf8).withUnsafeBufferPointer { lines in
                try gzip.member(indexing: lines) { (part) throws(LogFileError) in bytes += part }
            }
        }
        try folder.write(bytes, to: name)
    }

    private func read(_ name: String, _ window: Range<Int>?) throws -> (text: String, inflated: Int) {
        let microseconds = window.map {
            (Self.start + Int64($0.lowerBound) * 1_000_000)..<(Self.start + Int64($0.upperBound) * 1_000_000)
        }
        let reader = try ContentReader(path: folder.path + "/" + name, window: microseconds)
        var text: [UInt8] = []
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 1000)
        defer { buffer.deallocate() }
        while true {
            let count = try reader.read(into: buffer)
            guard count > 0 else { return (String(decoding: text, as: UTF8.self), reader.inflatedMembers) }
            text += buffer[..<count]
        }
    }

    @Test(
        "Only members with lines of the time asked for are inflated",
        arguments: [
            (nil, 0..<10), (0..<1000, 0..<10), (0..<1, 0..<1), (99..<101, 0..<2), (500..<600, 5..<6),
            (999..<2000, 9..<10), (1000..<2000, 10..<10), (-5..<0, 0..<0), (250..<250, 2..<2),
        ] as [(Range<Int>?, Range<Int>)]
    )
    func members(window: Range<Int>?, expected: Range<Int>) throws {
        // Lines of requests do not come in the order of their times.
        let members = (0..<10).map { member in
            (0..<100).map { 100 * member + $0 }.shuffled().map(line).joined()
        }
        try write(members, to: "a.log.gz")
        let (text, inflated) = try read("a.log.gz", window)
        #expect(inflated == expected.count)
        #expect(text == members[expected].joined())
    }

    @Test("Members with a line that has no time are always read")
    func linesWithoutTime() throws {
        let members = [line(1) + line(2), line(3) + "no time\n", line(4), "", line(5)]
        try write(members, to: "a.log.gz")
        let (text, inflated) = try read("a.log.gz", 100..<200)
        #expect(text == members[1])
        #expect(inflated == 2)
    }

    @Test("Other programs read the files")
    func compatibility() throws {
        let members = (0..<3).map { member in (0..<1000).map { line(1000 * member + $0) }.joined() }
        try write(members, to: "a.log.gz")
        let file = gzopen(folder.path + "/a.log.gz", "r")
        defer { gzclose(file) }
        var text = [UInt8](repeating: 0, count: 1 << 20)
        let count = gzread(file, &text, UInt32(text.count))
        #expect(count > 0)
        #expect(String(decoding: text.prefix(Int(count)), as: UTF8.self) == members.joined())
    }

    @Test("What has no such head, or a damaged one, is read as any gzip is", arguments: [10, 12, 16, 20, 24, 39])
    func damage(position: Int) throws {
        try write([line(1), line(2)], to: "a.log.gz")
        var bytes = try #require(try folder.files()["a.log.gz"])
        bytes[position] ^= 0xff
        try folder.write(bytes, to: "a.log.gz")
        // Whatever comes of it, it ends.
        _ = try? read("a.log.gz", 0..<10)
        _ = try? read("a.log.gz", 100..<200)
    }

    @Test("A log in many files is asked for an hour, and no more is inflated than that hour")
    func manyFiles() async throws {
        let log = try FileLogFolder()
        var file = try log.open(RotationPolicy(maximumBytes: 20_000), compression: CompressionPolicy(isIdle: false))
        let lines = (0..<5000).map(line)
        for line in lines { _ = file.put(line) }
        try await eventually {
            // Files may go while they are looked at.
            guard let names = try? log.names else { return false }
            return names.count > 10 && names.count { $0.hasSuffix(".gz") } == names.count - 1
        }
        _ = consume file
        func time(_ number: Int) -> WallTime { WallTime(microseconds: Self.start + Int64(number) * 1_000_000) }
        let sources = try LogSource.find([log.folder.path])
        #expect(sources.count > 10)
        var found: [String] = []
        var inflated = 0
        for source in sources {
            let window = time(2000).microseconds..<time(2100).microseconds
            var reader = LineReader(try ContentReader(path: source.path, window: window))
            while try reader.advance() {}
            inflated += reader.inflatedMembers
        }
        try LogReader(.paths([log.folder.path]), TimeWindow(since: time(2000), until: time(2100))).read { item in
            if case .line(let line) = item { found.append(String(decoding: line.bytes, as: UTF8.self) + "\n") }
            return true
        }
        #expect(found == Array(lines[2000..<2100]))
        #expect((1...2).contains(inflated))
    }
}
