//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Compression and removal of rotated files", .timeLimit(.minutes(5)))
struct LogCompressionTests {
    private let log: FileLogFolder

    init() throws { self.log = try FileLogFolder() }

    private func name(_ sequence: Int64) -> RotatedName { RotatedName(time: log.clock.now.wall, sequence: sequence) }

    private func put(_ text: String, _ sequence: Int64, _ form: RotatedName.Form) throws {
        try put(Array(text.utf8), sequence, form)
    }

    private func put(_ bytes: [UInt8], _ sequence: Int64, _ form: RotatedName.Form) throws {
        try log.folder.write(
            bytes,
            to: log.name.path(of: name(sequence), form).replacing(log.folder.path + "/", with: "")
        )
    }

    private func has(_ sequence: Int64, _ form: RotatedName.Form) throws -> Bool {
        FileManager.default.fileExists(atPath: log.name.path(of: name(sequence), form))
    }

    /// Compresses with what is ours, for a file to be found.
    private func gzip(_ text: String) throws -> [UInt8] {
        var writer = try GzipWriter(level: 1)
        var bytes: [UInt8] = []
        try Array(text.utf8).withUnsafeBufferPointer { input in
            try writer.member(input) { (part) throws(LogFileError) in bytes += part }
        }
        return bytes
    }

    private func line(_ number: Int) -> String { #"{"epoch":"e","seq":\#(number),"text":"\#(number * 7919)"}"# + "\n" }

    @Test func rotatedFileIsCompressedInMembersCutAtLineEnds() async throws {
        let count = 60_000
        var file = try log.open(
            RotationPolicy(maximumBytes: nil),
            compression: CompressionPolicy(bytesPerSecond: nil, isIdle: false)
        )
        let text = (1...count).map(line).joined()
        #expect(file.put(text) == text.utf8.count)
        file.perform(.rotate)
        try await eventually { log.events.contains("log_compressed") }
        #expect(try log.names.count == 2)
        let path = log.name.path(of: name(1), .compressed)
        // A program that is not ours finds the same.
        #expect(try await Tool.output("gzip", ["--decompress", "--stdout", path]) == text)
        let bytes = try #require(try log.folder.files()[path.replacing(log.folder.path + "/", with: "")])
        let starts = bytes.indices.dropLast(2).filter {
            bytes[$0] == 0x1f && bytes[$0 + 1] == 0x8b && bytes[$0 + 2] == 8
        }
        #expect(starts.count >= text.utf8.count / LogCompressor.memberSize)
        // What was lost of a file cut off at a member is whole lines only.
        let cut = try #require(starts.dropFirst().first)
        try log.folder.write(Array(bytes[..<cut]), to: "part.gz")
        let part = try await Tool.output("gzip", ["--decompress", "--stdout", log.folder.path + "/part.gz"])
        #expect(part.hasSuffix("\n"))
        #expect(text.hasPrefix(part))
        #expect(log.counters.compressedBytes.value == Int64(text.utf8.count))
    }

    @Test func leftoversOfACrashAreFinished() async throws {
        try put("half of a gzip file", 1, .compressing)
        try put(line(1), 1, .plain)
        // Compressed and verified, but not yet removed.
        try put(line(2), 2, .plain)
        try put(try gzip(line(2)), 2, .compressed)
        try put(line(3), 3, .plain)
        let file = try log.open(compression: CompressionPolicy(isIdle: false))
        try await eventually { try (1...3).allSatisfy { try !has($0, .plain) && has($0, .compressed) } }
        #expect(try !has(1, .compressing))
        #expect(try log.lines() == (1...3).map { String(line($0).dropLast()) })
        #expect(log.failures.isEmpty)
        _ = consume file
    }

    @Test func sourceOfACompressedFileThatDiffersIsKept() async throws {
        try put(line(1) + line(2), 1, .plain)
        try put(try gzip(line(1)), 1, .compressed)
        try put(line(3), 2, .plain)
        let file = try log.open(compression: CompressionPolicy(isIdle: false))
        // The next file is compressed all the same.
        try await eventually { try has(2, .compressed) && !has(2, .plain) && !log.failures.isEmpty }
        #expect(try has(1, .plain))
        #expect(log.failures.first?.step == "verify")
        #expect(try log.lines() == (1...3).map { String(line($0).dropLast()) })
        _ = consume file
    }

    @Test func damagedCompressedFileDoesNotCostItsSource() async throws {
        try put(line(1), 1, .plain)
        try put(Array(try gzip(line(1)).dropLast(3)), 1, .compressed)
        let file = try log.open(compression: CompressionPolicy(isIdle: false))
        try await eventually { !log.failures.isEmpty }
        #expect(log.failures.first?.cause == "the file ends too early")
        #expect(try has(1, .plain))
        _ = consume file
    }

    @Test func permissionsAndTimeGoOver() async throws {
        try put(line(1), 1, .plain)
        let source = log.name.path(of: name(1), .plain)
        chmod(source, 0o604)
        var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 0), timespec(tv_sec: 1_700_000_000, tv_nsec: 0)]
        utimensat(AT_FDCWD, source, &times, 0)
        let file = try log.open(compression: CompressionPolicy(isIdle: false))
        try await eventually { try has(1, .compressed) && !has(1, .plain) }
        let facts = try FileIdentity.Facts(of: log.name.path(of: name(1), .compressed))
        #expect(facts.mode & 0o7777 == 0o604)
        #expect(facts.modified.tv_sec == 1_700_000_000)
        _ = consume file
    }

    @Test func removalTellsWhatIsLost() async throws {
        try put(line(5) + line(6), 1, .plain)
        try put(try gzip(line(7)), 2, .compressed)
        try put(line(8), 3, .plain)
        let file = try log.open(RotationPolicy(), RetentionPolicy(maximumFiles: 1))
        try await eventually { log.counters.removedFiles.value == 2 }
        #expect(try log.names == ["access-20261124T120000.000000Z-000003.jsonl", "access.jsonl"])
        #expect(log.events == ["log_removed", "log_removed"])
        let removed = log.removed
        #expect(removed.map(\.lines) == [2, 1])
        #expect(removed.map(\.first?.sequence) == [5, 7])
        #expect(removed.map(\.last?.sequence) == [6, 7])
        _ = consume file
    }

    @Test func oldFilesGoWithoutTraffic() async throws {
        try put(line(1), 1, .plain)
        let file = try log.open(RotationPolicy(), RetentionPolicy(maximumAge: .seconds(3600)))
        log.clock.advance(.seconds(3601))
        // As its timer does every ten seconds.
        file.keeper.hurry()
        try await eventually { log.counters.removedFiles.value == 1 }
        #expect(try log.names == ["access.jsonl"])
        _ = consume file
    }

    @Test func allBytesTogetherAreLimited() async throws {
        var file = try log.open(RotationPolicy(maximumBytes: 1000), RetentionPolicy(maximumBytes: 5000))
        for number in 1...400 { _ = file.put(line(number)) }
        try await eventually {
            file.keeper.hurry()
            // Files may go while they are looked at.
            guard let files = try? log.folder.files() else { return false }
            return files.filter { $0.key.hasSuffix(".jsonl") }.reduce(0) { $0 + $1.value.count } <= 5000
        }
        // What is left is the end, without a gap.
        let lines = try log.lines()
        #expect(lines == (1...400).map { String(line($0).dropLast()) }.suffix(lines.count))
    }

    @Test func combinedFormatIsAsOldToolsWantIt() throws {
        var record = try Sample.fullRecord()
        record.userAgent = "a \"quoted\" \\ agent\u{7}\u{e9}"
        var buffer = TextBuffer(capacity: 16)
        CombinedLineEncoder().encode(record, to: &buffer)
        CombinedLineEncoder().encode(Sample.emptyRecord(), to: &buffer)
        #expect(
            String(decoding: buffer.bytes, as: UTF8.self) == #"""
                192.0.2.7 - alice [14/Nov/2023:22:13:20 +0000] "PUT /v2/team/app/manifests/v1 HTTP/1.1" 507 56 "-" "a \"quoted\" \\ agent\x07\xc3\xa9"
                - - - [14/Nov/2023:22:13:20 +0000] "GET - HTTP/1.1" 0 - "-" "-"

                """#
        )
    }
}
