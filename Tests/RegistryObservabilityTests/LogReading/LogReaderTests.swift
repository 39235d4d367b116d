//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Telling logs from what is none")
struct LogReaderTests {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    private func put(_ text: String, _ name: String) throws { try folder.write(Array(text.utf8), to: name) }

    private func read(_ names: String..., window: TimeWindow = .always) throws -> (lines: [String], tally: ReadingTally)
    {
        var lines: [String] = []
        let tally = try LogReader(.paths(names.map { folder.path + "/" + $0 }), window).read { item in
            if case .line(let line) = item { lines.append(String(decoding: line.bytes, as: UTF8.self)) }
            return true
        }
        return (lines, tally)
    }

    private let line = #"{"ts":"2026-11-24T10:00:00.000000Z","kind":"access","seq":1,"epoch":"e1"}"#

    @Test func whatIsNoLogIsKnown() throws {
        let texts = [
            "hello\nworld\n", "no line feed", #"{"kind":"Pod","name":"x"}"#, #"{"__CURSOR":"s","MESSAGE":"Started."}"#,
        ]
        for text in texts {
            try put(text, "a.log")
            #expect(try read("a.log").tally.isNoLog, "\(text)")
        }
        try put("", "a.log")
        #expect(try !read("a.log").tally.isNoLog)
    }

    @Test func foreignLinesAmongOthersAreCounted() throws {
        try put("hello\n\(line)\nworld\n", "a.log")
        try put("x\n", "b.log")
        let tally = try read("").tally
        #expect(!tally.isNoLog)
        #expect(tally.lines == 1)
        #expect(tally.foreign.map(\.lines) == [2, 1])
        // What others have in the journal is to be expected.
        try put("\(line)\n" + #"{"__CURSOR":"s","MESSAGE":"Started."}"# + "\n", "a.log")
        #expect(try read("a.log").tally.foreign.isEmpty)
    }

    @Test(arguments: ["", "\u{1f}"]) func compressedFileOfNothingIsDamaged(text: String) throws {
        try put(text, "a.jsonl.gz")
        var causes: [String] = []
        _ = try LogReader(.paths([folder.path + "/a.jsonl.gz"])).read { item in
            if case .damaged(_, let error) = item { causes.append(error.cause) }
            return true
        }
        #expect(causes == ["the file ends too early"])
    }

    @Test func lastLineNeedsNoLineFeedIfItIsWhole() throws {
        try put("\(line)\n\(line)", "a.log")
        #expect(try read("a.log").lines == [line, line])
        try put("\(line)\n\(line.dropLast())", "a.log")
        #expect(try read("a.log").lines == [line])
    }

    @Test(
        arguments: [
            ("zstd", [0x28, 0xb5, 0x2f, 0xfd, 1]), ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 10, 1]),
            ("bzip2", Array("BZh9".utf8)),
        ] as [(String, [UInt8])]
    )
    func otherCompressionIsRefusedByName(name: String, bytes: [UInt8]) throws {
        try folder.write(bytes, to: "a.jsonl")
        #expect {
            try read("")
        } throws: { error in
            "\(error)".contains("/a.jsonl: read: it is compressed by \(name), and only gzip is read here")
        }
    }

    @Test func fileThatIsRotatedMeanwhileIsReadInItsPlace() throws {
        let names = (1...2).map { "a-20261124T000000.00000\($0)Z-00000\($0).jsonl" }
        for (number, name) in (names + ["a.jsonl"]).enumerated() {
            try put(line.replacing(#""seq":1"#, with: #""seq":\#(number + 1)"#) + "\n", name)
        }
        var numbers: [Int64?] = []
        try LogReader(.paths([folder.path])).read { item in
            if case .line(let line) = item {
                if numbers.isEmpty {
                    let later = names[1].replacing("000002", with: "000003")
                    #expect(rename(folder.path + "/a.jsonl", folder.path + "/" + later) == 0)
                    let newest = self.line.replacing(#""seq":1"#, with: #""seq":4"#) + "\n"
                    #expect(throws: Never.self) { try put(newest, "a.jsonl") }
                }
                numbers.append(line.entryNumber?.sequence)
            }
            return true
        }
        #expect(numbers == [1, 2, 3, 4])
    }

    @Test func journalIsAskedForWhatIsNeeded() {
        let all = JournalQuery().arguments(.always)
        #expect(all.contains("--namespace=*"))
        #expect(all.last == "SYSLOG_IDENTIFIER=plimsoll")
        let window = TimeWindow(since: VerifiedFolder.time(0), until: VerifiedFolder.time(10))
        let some = JournalQuery(namespace: "n", unit: "u", directory: "/d").arguments(window)
        for argument in [
            "--namespace=n", "--unit=u", "--directory=/d", "--since=@1700000000", "--until=@1700000010",
        ] { #expect(some.contains(argument)) }
        #expect(!some.contains("SYSLOG_IDENTIFIER=plimsoll"))
    }
}
