//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("A log file that rotates", .timeLimit(.minutes(5)))
struct RotatingFileTests {
    private let log: FileLogFolder

    init() throws { self.log = try FileLogFolder() }

    private func line(_ number: Int) -> String { #"{"epoch":"e","seq":\#(number)}"# + "\n" }

    private func text(_ numbers: ClosedRange<Int>) -> String { numbers.map(line).joined() }

    private func expectLines(_ numbers: ClosedRange<Int>) throws {
        #expect(try log.lines() == numbers.map { String(line($0).dropLast()) })
    }

    @Test func filesEndBeforeTheyAreTooLargeAndNoLineIsSplit() throws {
        let size = line(1).utf8.count
        do {
            var file = try log.open(RotationPolicy(maximumBytes: Int64(3 * size + 2)))
            // More than three files at once, and then line by line.
            #expect(file.put(text(1...9)) == 9 * size)
            #expect(file.put(line(0).replacing("0", with: "9")) > 0)
        }
        let files = try log.folder.files().filter { !$0.key.hasPrefix(".") }
        #expect(files.count == 4)
        #expect(files.values.allSatisfy { $0.last == .lineFeed && $0.count <= 3 * size })
        #expect(log.events == ["log_rotated", "log_rotated", "log_rotated"])
        #expect(log.counters.rotations[.ok].value == 3)
    }

    @Test func numbersGoOnOverRestartsEvenWhenNoFileIsLeft() throws {
        for number in 1...3 {
            var file = try log.open()
            _ = file.put(line(number))
            file.perform(.rotate)
            for name in try log.names where name.contains("-") {
                #expect(name.contains("-00000\(number).jsonl"))
                try FileManager.default.removeItem(atPath: log.folder.path + "/" + name)
            }
        }
    }

    @Test func rotatedFileIsNeverOverwritten() throws {
        var file = try log.open()
        _ = file.put(line(1))
        let taken = log.name.path(of: RotatedName(time: log.clock.now.wall, sequence: 1), .plain)
        try log.folder.write(Array("precious\n".utf8), to: String(taken.dropFirst(log.folder.path.count + 1)))
        file.perform(.rotate)
        #expect(try String(contentsOfFile: taken, encoding: .utf8) == "precious\n")
        let next = log.name.path(of: RotatedName(time: log.clock.now.wall, sequence: 2), .plain)
        #expect(try String(contentsOfFile: next, encoding: .utf8) == line(1))
    }

    @Test func commandTicksAndMarksRotate() throws {
        var file = try log.open(RotationPolicy(maximumBytes: nil, maximumAge: .seconds(3600), mark: .daily))
        _ = file.put(line(1))
        file.tick()
        #expect(try log.names.count == 1)
        log.clock.advance(.seconds(3600))
        file.tick()
        #expect(try log.names.count == 2)
        _ = file.put(line(2))
        file.perform(.rotate)
        file.perform(.rotate)
        #expect(try log.names.count == 3)
        log.clock.advance(.seconds(12 * 3600))
        // Without traffic there is nothing to rotate.
        file.tick()
        #expect(try log.names.count == 3)
        try expectLines(1...2)
    }

    @Test func clockGoingBackKeepsTheOrder() throws {
        var file = try log.open()
        for number in 1...4 {
            _ = file.put(line(number))
            file.perform(.rotate)
            log.clock.setWall(by: .seconds(-86_400))
        }
        try expectLines(1...4)
    }

    @Test func movedFileIsFollowedByANewOne() throws {
        var file = try log.open()
        _ = file.put(line(1))
        try FileManager.default.moveItem(atPath: log.path, toPath: log.path + ".1")
        _ = file.put(line(2))
        file.tick()
        _ = file.put(line(3))
        #expect(try String(contentsOfFile: log.path + ".1", encoding: .utf8) == text(1...2))
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(3))
        try FileManager.default.removeItem(atPath: log.path)
        file.tick()
        _ = file.put(line(4))
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(4))
        #expect(log.events == ["log_reopened", "log_reopened"])
        #expect(log.counters.rotations[.ok].value == 0)
    }

    @Test func reopeningIsForLogrotate() throws {
        var file = try log.open()
        _ = file.put(line(1))
        try FileManager.default.moveItem(atPath: log.path, toPath: log.path + ".1")
        // As logrotate's `create` does.
        try log.folder.write([], to: "access.jsonl")
        file.perform(.reopen)
        _ = file.put(line(2))
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(2))
        try expectLines(1...2)
    }

    @Test func fileThatSomebodyCutIsWrittenOnWithoutAHole() throws {
        var file = try log.open(RotationPolicy(maximumBytes: 1000))
        _ = file.put(text(1...30))
        truncate(log.path, 0)
        file.tick()
        _ = file.put(line(31))
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(31))
        #expect(file.schedule.size == Int64(line(31).utf8.count))
    }

    @Test func fileThatSomebodyCutWithinALineHasWholeLines() throws {
        var file = try log.open()
        _ = file.put(text(1...3))
        truncate(log.path, off_t(text(1...2).utf8.count + 5))
        _ = file.put(line(3))
        try expectLines(1...3)
    }

    @Test func lineBegunIsTakenBack() throws {
        var file = try log.open()
        let half = line(2).dropLast(4)
        _ = file.put(line(1) + half)
        file.takeBack(half.utf8.count)
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(1))
        _ = file.put(line(2))
        try expectLines(1...2)
    }

    @Test func whatIsNoRegularFileIsRefused() throws {
        mkfifo(log.path, 0o600)
        let error = #expect(throws: LogFileError.self) { _ = try log.open() }
        #expect(error?.cause == "is no regular file, and cannot be rotated")
        unlink(log.path)
        symlink("elsewhere", log.path)
        let other = #expect(throws: LogFileError.self) { _ = try log.open() }
        #expect(other?.cause == "is a symbolic link, which cannot be rotated; name its target")
    }

    /// What kill -9 leaves where a file cannot be renamed in one step.
    @Test func secondNameOfTheFileIsRemoved() throws {
        do {
            var file = try log.open()
            _ = file.put(text(1...2))
        }
        link(log.path, log.name.path(of: RotatedName(time: log.clock.now.wall, sequence: 7), .plain))
        var file = try log.open()
        _ = file.put(line(3))
        #expect(try log.names == ["access.jsonl"])
        try expectLines(1...3)
    }

    @Test func numberThatNoLogComesToIsNotGoneOnFrom() throws {
        try log.folder.write(Array("9223372036854775807\n".utf8), to: ".access.jsonl.state")
        var file = try log.open()
        _ = file.put(line(1))
        file.perform(.rotate)
        #expect(try log.names.contains { $0.contains("-000001.") })
    }

    @Test func troubleWithSeveralFilesIsToldOnce() {
        let report = LogFileReport(counters: log.counters, observer: log)
        for _ in 1...3 {
            for path in ["a", "b"] { report.fail(LogFileError("write", path, errno: ENOSPC), at: .compressing) }
        }
        #expect(log.failures.count == 1)
        report.succeed(at: .compressing)
        report.fail(LogFileError("write", "a", errno: ENOSPC), at: .compressing)
        #expect(log.failures.count == 2)
    }

    @Test func halfALineAtTheEndIsCutOff() throws {
        try log.folder.write(Array((text(1...2) + #"{"epoch":"#).utf8), to: "access.jsonl")
        var file = try log.open()
        _ = file.put(line(3))
        try expectLines(1...3)
        #expect(log.events == ["log_repaired"])
        #expect(try log.folder.files()["access.jsonl"]?.count == text(1...3).utf8.count)
    }

    @Test func fileWithNoLineEndAtAllIsEmptied() throws {
        try log.folder.write([UInt8](repeating: 1, count: 200_000), to: "access.jsonl")
        var file = try log.open()
        _ = file.put(line(1))
        try expectLines(1...1)
    }

    @Test func secondWriterIsRefused() throws {
        let file = try log.open()
        #expect(throws: LogFileError.self) { _ = try log.open() }
        _ = consume file
        _ = try log.open()
    }

    @Test func missingFolderIsAClearError() throws {
        let path = log.folder.path + "/missing/access.jsonl"
        do throws(LogFileError) {
            _ = try RotatingFile.open(path: path, options: LogFileOptions(), counters: log.counters, observer: log)
            Issue.record("opened")
        } catch {
            #expect(
                error.description == "\(log.folder.path)/missing/access.jsonl: open: No such file or directory"
            )
        }
    }

    @Test func nothingIsWrittenToAFileThatIsGone() throws {
        var file = try log.open()
        _ = file.put(line(1))
        try FileManager.default.removeItem(atPath: log.folder.path)
        for _ in 1...3 {
            let (written, cause) = (file.put(line(2)), errno)
            #expect(written == 0 && cause == ENOENT)
            file.tick()
            log.clock.advance(.seconds(2))
        }
        #expect(log.failures.count { $0.step == "open" } == 1)
        try FileManager.default.createDirectory(atPath: log.folder.path, withIntermediateDirectories: false)
        #expect(file.put(line(2)) > 0)
        #expect(try String(contentsOfFile: log.path, encoding: .utf8) == line(2))
        #expect(log.events.last == "log_reopened")
    }

    @Test func anotherFolderIsLockedAnew() throws {
        var file = try log.open()
        _ = file.put(line(1))
        file.perform(.rotate)
        let away = log.folder.path + "-away"
        try FileManager.default.moveItem(atPath: log.folder.path, toPath: away)
        defer { try? FileManager.default.removeItem(atPath: away) }
        try FileManager.default.createDirectory(atPath: log.folder.path, withIntermediateDirectories: false)
        file.tick()
        _ = file.put(line(2))
        #expect(throws: LogFileError.self) { _ = try log.open() }
        // The numbers go on.
        file.perform(.rotate)
        #expect(try log.names.contains { $0.contains("-000002.") })
    }

    @Test func fileThatCannotBeRemovedKeepsNoOtherFromIt() async throws {
        let stuck = "access-20200101T000000.000000Z-000001.jsonl"
        try FileManager.default.createDirectory(
            atPath: log.folder.path + "/" + stuck,
            withIntermediateDirectories: false
        )
        var file = try log.open(RotationPolicy(), RetentionPolicy(maximumFiles: 2))
        for number in 1...5 {
            _ = file.put(line(number))
            file.perform(.rotate)
        }
        try await eventually { log.counters.removedFiles.value == 3 }
        let rotated = try log.names.filter { $0 != "access.jsonl" }
        #expect(rotated.count == 2 && rotated[0].contains("-000005.") && rotated[1].contains("-000006."))
        #expect(log.failures.count { $0.step == "unlink" } == 1)
        _ = consume file
    }

    @Test func rotationThatFailsLosesNothingAndIsTriedAgain() throws {
        var file = try log.open(RotationPolicy(maximumBytes: 100))
        let away = log.folder.path + "-away"
        _ = file.put(text(1...3))
        // The folder is gone: neither a new name nor a new file can be had.
        try FileManager.default.moveItem(atPath: log.folder.path, toPath: away)
        #expect(file.put(text(4...10)) == text(4...10).utf8.count)
        #expect(!log.failures.isEmpty)
        #expect(log.counters.rotations[.failed].value > 0)
        try FileManager.default.moveItem(atPath: away, toPath: log.folder.path)
        log.clock.advance(.seconds(120))
        #expect(file.put(text(11...11)) > 0)
        try expectLines(1...11)
    }

    @Test func otherBoundsHoldForTheOpenFileToo() throws {
        var file = try log.open(RotationPolicy(maximumBytes: nil))
        _ = file.put(text(1...9))
        file.tick()
        #expect(try log.names.count == 1)
        file.perform(.keep(LogFileOptions(rotation: RotationPolicy(maximumBytes: 10), compression: nil)))
        #expect(try log.names.count == 2)
        file.perform(.keep(LogFileOptions(rotation: RotationPolicy(maximumBytes: nil, maximumAge: .seconds(60)))))
        _ = file.put(line(0))
        log.clock.advance(.seconds(59))
        file.tick()
        #expect(try log.names.count == 2)
        log.clock.advance(.seconds(1))
        file.tick()
        #expect(try log.names.count == 3)
    }
}
