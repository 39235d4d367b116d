//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit

@testable import RegistryObservability

/// A folder of made-up logs that is verified.
struct VerifiedFolder {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    var path: String { folder.path }

    /// - Parameter more: members that follow, each with a comma before it.
    func line(_ sequence: Int64, epoch: String = "e1", _ more: String = "") -> String {
        #"{"seq":\#(sequence),"epoch":"\#(epoch)"\#(more)}"# + "\n"
    }

    func lines(_ range: ClosedRange<Int64>, epoch: String = "e1") -> String {
        range.map { line($0, epoch: epoch) }.joined()
    }

    /// A line with a time.
    /// - Parameters:
    ///   - second: of a day.
    ///   - duration: in seconds, of a request; nil for an event.
    func line(_ sequence: Int64, epoch: String = "e1", at second: Int64, lasting duration: Int64?) -> String {
        let kind = duration.map { #","kind":"access","duration_us":\#($0 * 1_000_000)"# } ?? #","kind":"event""#
        return line(sequence, epoch: epoch, #","ts":"\#(Self.time(second).description)""# + kind)
    }

    /// An event with a time, in seconds of a day.
    func event(_ name: String, _ sequence: Int64, epoch: String = "e1", at second: Int64) -> String {
        line(sequence, epoch: epoch, #","ts":"\#(Self.time(second).description)","kind":"event","event":"\#(name)""#)
    }

    static func time(_ second: Int64) -> WallTime { WallTime(microseconds: 1_700_000_000_000_000 + second * 1_000_000) }

    func put(_ text: String, _ name: String) throws { try folder.write(Array(text.utf8), to: name) }

    func put(gzip text: String, _ name: String) throws { try put(bytes: try Self.gzip(text), name) }

    static func gzip(_ text: String) throws -> [UInt8] {
        var writer = try GzipWriter(level: 6)
        var bytes: [UInt8] = []
        try Array(text.utf8).withUnsafeBufferPointer { input in
            try writer.member(input) { (part) throws(LogFileError) in bytes += part }
        }
        return bytes
    }

    func put(bytes: [UInt8], _ name: String) throws { try folder.write(bytes, to: name) }

    /// The name of a rotated file.
    func rotated(_ sequence: Int) -> String { "a-20261124T000000.00000\(sequence)Z-00000\(sequence).jsonl" }

    struct Verified {
        let result: VerificationResult
        let unfinished: [String]

        var isSound: Bool { result.isSound }

        /// Findings as text: what, run, first, last, cause.
        var findings: [String] {
            result.findings.rows.map { row in
                [0, 1, 2, 3, 5].map { column in
                    switch row[column] {
                    case .text(let text): text
                    case .number(let number): "\(number)"
                    case .none: "-"
                    }
                }.joined(separator: " ")
            }
        }
    }

    /// - Parameters:
    ///   - since: seconds of a day.
    ///   - until: the same.
    ///   - now: the same; when it is verified.
    func verify(since: Int64? = nil, until: Int64? = nil, now: Int64 = 86_400) throws -> Verified {
        let window = TimeWindow(since: since.map(Self.time), until: until.map(Self.time))
        var verification = LogVerification(window, now: Self.time(now))
        try LogReader(.paths([folder.path]), window, choosing: .audit).read {
            verification.take($0)
            return true
        }
        return Verified(result: verification.result, unfinished: verification.unfinished)
    }

    /// What comes as a stream.
    /// - Parameter since: seconds of a day.
    func verify(stream text: String, since: Int64) -> Verified {
        var verification = LogVerification(TimeWindow(since: Self.time(since), until: nil), now: Self.time(86_400))
        verification.take(.begin(.stream("standard input")))
        for line in text.split(separator: "\n") {
            Array(line.utf8).withUnsafeBufferPointer { verification.take(.line(LogLine($0))) }
        }
        return Verified(result: verification.result, unfinished: [])
    }

    func findings(since: Int64? = nil, until: Int64? = nil, now: Int64 = 86_400) throws -> [String] {
        try verify(since: since, until: until, now: now).findings
    }
}
