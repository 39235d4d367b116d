//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryReports
import RegistryTelemetry

/// In which form a report is written, and where to.
struct ReportOutput: ParsableArguments {
    @Option(help: ArgumentHelp("table, json, jsonl, csv, openmetrics, focus or html.", valueName: "format"))
    var format = "table"

    @Option(help: ArgumentHelp("Rows of each table at most; 0 for all. For people the first 20.", valueName: "rows"))
    var top: Int?

    @Option(help: ArgumentHelp("For csv: which table.", valueName: "name"))
    var table: String?

    @Option(help: ArgumentHelp("Writes to a file, which is there when it is whole.", valueName: "file"))
    var output: String?

    /// As parameters of a request.
    var values: [String: String] {
        var values = ["format": format]
        values["top"] = top.map { "\($0)" }
        values["table"] = table
        guard output == nil, format == "table", isatty(STDOUT_FILENO) == 1 else { return values }
        values["width"] = "\(Self.width)"
        let environment = ConfigurationFile.environment()
        if environment["NO_COLOR"]?.isEmpty ?? true, environment["TERM"] != "dumb" { values["colour"] = "true" }
        return values
    }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 100
    }

    /// Writes a report to the end; a file is put in its place when all of it is on the disk.
    func write(_ pieces: AnyIterator<[UInt8]>) throws(ReportFailure) {
        guard let output else {
            for piece in pieces { try ReportFile.write(piece, to: STDOUT_FILENO, "the output") }
            return
        }
        let path = "\(output).\(getpid()).tmp"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ReportFailure(.unavailable, "\(path): \(String(cString: strerror(errno)))") }
        do throws(ReportFailure) {
            defer { close(descriptor) }
            for piece in pieces { try ReportFile.write(piece, to: descriptor, path) }
            guard fsync(descriptor) == 0, rename(path, output) == 0 else {
                throw ReportFailure(.unavailable, "\(output): \(String(cString: strerror(errno)))")
            }
        } catch {
            unlink(path)
            throw error
        }
    }
}

enum ReportFile {
    static func write(_ bytes: [UInt8], to descriptor: CInt, _ name: String) throws(ReportFailure) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ReportFailure(.unavailable, "\(name): \(String(cString: strerror(errno)))") }
            written += count
        }
    }

    /// A file, whole.
    static func read(_ path: String) throws(ReportFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReportFailure(.invalid, "\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 20))
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ReportFailure(.invalid, "\(path): \(String(cString: strerror(errno)))") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
