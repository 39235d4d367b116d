//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Which log files go")
struct RetentionPolicyTests {
    private let now = WallTime(microseconds: 1_000_000 * 86_400 * 100)

    /// Files of 10 bytes, one a day, the last of today.
    private func files(_ count: Int) -> [RetentionPolicy.File] {
        (1...count).map { number in
            let age = Duration.seconds(86_400 * (count - number))
            return .init(name: RotatedName(time: now.advanced(by: .zero - age), sequence: Int64(number)), bytes: 10)
        }
    }

    private func removals(
        _ policy: RetentionPolicy,
        _ files: [RetentionPolicy.File],
        active: Int64 = 5,
        free: Int64 = 1000
    ) -> [String] {
        policy.removals(in: .init(files: files.shuffled(), activeBytes: active, freeBytes: free, now: now))
            .map { "\($0.file.name.sequence) \($0.reason.rawValue)" }
    }

    @Test func nothingGoesWithoutLimits() { #expect(removals(RetentionPolicy(), files(5)).isEmpty) }

    @Test func oldestGoBeyondTheCount() {
        #expect(removals(RetentionPolicy(maximumFiles: 3), files(5)) == ["1 count", "2 count"])
        #expect(removals(RetentionPolicy(maximumFiles: 0), files(2)) == ["1 count", "2 count"])
    }

    @Test func oldOnesGo() {
        let policy = RetentionPolicy(maximumAge: .seconds(2 * 86_400))
        #expect(removals(policy, files(5)) == ["1 age", "2 age"])
    }

    @Test func bytesCountTheFileBeingWritten() {
        #expect(removals(RetentionPolicy(maximumBytes: 35), files(5)) == ["1 bytes", "2 bytes"])
        #expect(removals(RetentionPolicy(maximumBytes: 55), files(5)).isEmpty)
        #expect(removals(RetentionPolicy(maximumBytes: 1), files(2)) == ["1 bytes", "2 bytes"])
    }

    @Test func freeSpaceIsMade() {
        #expect(
            removals(RetentionPolicy(minimumFreeBytes: 100), files(5), free: 85) == ["1 free_space", "2 free_space"]
        )
        #expect(removals(RetentionPolicy(minimumFreeBytes: 100), files(5), free: 100).isEmpty)
    }

    @Test func firstLimitThatIsMetCounts() {
        let policy = RetentionPolicy(
            maximumFiles: 4,
            maximumAge: .seconds(3 * 86_400),
            maximumBytes: 35,
            minimumFreeBytes: 30
        )
        #expect(removals(policy, files(6), free: 0) == ["1 count", "2 count", "3 bytes"])
    }

    @Test func orderIsByNumberWhenTheClockWentBack() {
        var files = files(3)
        files.append(.init(name: RotatedName(time: now.advanced(by: .seconds(-86_400 * 50)), sequence: 4), bytes: 10))
        #expect(removals(RetentionPolicy(maximumFiles: 2), files) == ["1 count", "2 count"])
        #expect(removals(RetentionPolicy(maximumAge: .seconds(86_400 * 10)), files) == ["4 age"])
    }
}
