//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("Installing", .timeLimit(.minutes(5)))
struct InstallTests {
    private let folder: TemporaryFolder

    init() async throws {
        folder = try TemporaryFolder()
        try await make("install")
    }

    @discardableResult
    private func make(_ goal: String) async throws -> Tool.Result {
        let words = ["-C", ProjectFolder.path, goal, "DESTDIR=\(folder.path)", "BINARY=\(try ProjectFolder.binary())"]
        let result = try await Tool.run("make", ["-s"] + words)
        #expect(result.succeeded, "\(result)")
        return result
    }

    private var paths: Set<String> {
        get throws { Set(try folder.files().keys) }
    }

    private static let kept: Set = ["etc/plimsoll/config.yml", "etc/systemd/journald@plimsoll.conf"]

    @Test("Every file is in its place, and goes away again save for what is the operator's")
    func tree() async throws {
        let expected: Set = [
            "usr/local/bin/plimsoll",
            "usr/local/lib/systemd/system/plimsoll.service",
            "usr/local/lib/systemd/system/plimsoll.socket",
            "usr/local/lib/systemd/system/plimsoll-metrics.socket",
            "usr/local/lib/systemd/system/systemd-journald@plimsoll.service.d/plimsoll.conf",
            "usr/local/lib/sysusers.d/plimsoll.conf",
            "usr/local/lib/tmpfiles.d/plimsoll.conf",
            "usr/local/share/doc/plimsoll/operations.md",
            "usr/local/share/doc/plimsoll/LICENSE",
            "usr/local/share/doc/plimsoll/config.schema.json",
            "usr/local/share/doc/plimsoll/log.schema.json",
            "usr/local/share/plimsoll/dashboards/README.md",
            "usr/local/share/plimsoll/logrotate/plimsoll",
        ]
        #expect(expected.union(Self.kept).subtracting(try paths) == [])
        let places = [
            "usr/local/share/doc/plimsoll/", "usr/local/share/plimsoll/",
            "usr/local/lib/systemd/catalog/plimsoll.catalog",
        ]
        let others = try paths.subtracting(expected).subtracting(Self.kept)
        #expect(others.filter { path in !places.contains { path.hasPrefix($0) } } == [])
        try await make("uninstall")
        #expect(try paths == Self.kept)
    }

    @Test("The installed program runs, and its configuration is accepted by it")
    func program() async throws {
        let program = folder.path + "/usr/local/bin/plimsoll"
        #expect(try await Tool.output(program, ["--version"]).hasPrefix("plimsoll "))
        let manager = try NotifyReceiver()
        let server = try ChildProcess(
            program,
            ["serve", folder.path + "/etc/plimsoll/config.yml"],
            environment: [
                "NOTIFY_SOCKET": manager.name, "RUNTIME_DIRECTORY": folder.path, "REGISTRY_HTTP_ADDR": "127.0.0.1:0",
                "REGISTRY_HTTP_DEBUG_ADDR": "127.0.0.1:0",
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": folder.path + "/root",
            ]
        )
        try await eventually { manager.count(of: "READY=1") == 1 || !server.isRunning }
        server.send(SIGTERM)
        let result = await server.finished()
        #expect(result.status == .code(0), "\(result)")
    }

    @Test("The installed program needs no Swift on the machine")
    func withoutToolchain() async throws {
        let program = folder.path + "/usr/local/bin/plimsoll"
        let libraries = try await Tool.output("ldd", [program])
        #expect(libraries.contains("libsqlite3") && !libraries.lowercased().contains("swift"), "\(libraries)")
        #expect(!libraries.contains("not found"), "\(libraries)")
    }

    @Test("An installation of a release before, a link to a program beside its libraries, is replaced")
    func upgrade() async throws {
        let program = folder.path + "/usr/local/bin/plimsoll"
        try folder.write([], to: "usr/local/lib/plimsoll/libswiftCore.so")
        try folder.write([], to: "usr/local/lib/plimsoll/plimsoll")
        try FileManager.default.removeItem(atPath: program)
        try FileManager.default.createSymbolicLink(atPath: program, withDestinationPath: "../lib/plimsoll/plimsoll")
        try await make("install")
        #expect(try paths.allSatisfy { !$0.hasPrefix("usr/local/lib/plimsoll") })
        #expect(try await Tool.output(program, ["--version"]).hasPrefix("plimsoll "))
    }

    @Test("An operator's configuration is not overwritten")
    func keepsConfiguration() async throws {
        try folder.write(Array("version: 0.1\n".utf8), to: "etc/plimsoll/config.yml")
        try await make("install")
        let files = try folder.files()
        #expect(files["etc/plimsoll/config.yml"] == Array("version: 0.1\n".utf8))
        #expect(files["etc/plimsoll/config.yml.new"] != nil)
    }

    @Test("systemd finds nothing wrong with the units")
    func verify() async throws {
        let units = folder.path + "/usr/local/lib/systemd/system"
        let service = try String(contentsOfFile: units + "/plimsoll.service", encoding: .utf8)
        let here = service.replacing("=/usr/local/bin/", with: "=\(folder.path)/usr/local/bin/")
        try folder.write(Array(here.utf8), to: "usr/local/lib/systemd/system/plimsoll.service")
        let files = ["plimsoll.service", "plimsoll.socket", "plimsoll-metrics.socket"].map { "\(units)/\($0)" }
        let result = try await Tool.run("systemd-analyze", ["verify", "--man=no"] + files)
        #expect(result.succeeded && result.errors.isEmpty && result.output.isEmpty, "\(result)")
    }

    @Test("systemd finds nothing wrong with the drop-ins that operations.md shows")
    func verifyDropIns() async throws {
        let units = "usr/local/lib/systemd/system"
        let service = try String(contentsOfFile: "\(folder.path)/\(units)/plimsoll.service", encoding: .utf8)
        let here = service.replacing("=/usr/local/bin/", with: "=\(folder.path)/usr/local/bin/")
        try folder.write(Array(here.utf8), to: units + "/plimsoll.service")
        let page = try String(contentsOfFile: ProjectFolder.path + "/docs/operations.md", encoding: .utf8)
        let shown = page.components(separatedBy: "\n```").filter { $0.hasPrefix("ini\n") }
        #expect(!shown.isEmpty)
        for (number, text) in shown.enumerated() {
            try folder.write(Array(text.dropFirst(4).utf8), to: units + "/plimsoll.service.d/\(number).conf")
        }
        let path = "\(folder.path)/\(units)/plimsoll.service"
        let result = try await Tool.run("systemd-analyze", ["verify", "--man=no", path])
        #expect(result.succeeded && result.errors.isEmpty && result.output.isEmpty, "\(result)")
    }

    @Test("systemd finds nothing wrong with what is said of the journal's unit")
    func verifyJournal() async throws {
        let path = "SYSTEMD_UNIT_PATH=\(folder.path)/usr/local/lib/systemd/system:/lib/systemd/system"
        let words = [path, "systemd-analyze", "verify", "--man=no", "systemd-journald@plimsoll.service"]
        let result = try await Tool.run("env", words)
        #expect(result.succeeded && result.errors.isEmpty && result.output.isEmpty, "\(result)")
    }

    @Test("The unit is given up when starts fail at once, and never because the watchdog ends it again and again")
    func startLimit() throws {
        let unit = try String(contentsOfFile: ProjectFolder.path + "/config/systemd/plimsoll.service", encoding: .utf8)
        func number(_ key: String) throws -> Int {
            let line = try #require(unit.split(separator: "\n").first { $0.hasPrefix("\(key)=") })
            let value = try #require(line.dropFirst(key.count + 1).wholeMatch(of: /([0-9]+)(s|min)?/))
            return try #require(Int(value.1)) * (value.2 == "min" ? 60 : 1)
        }
        let (interval, burst) = (try number("StartLimitIntervalSec"), try number("StartLimitBurst"))
        // Each takes that long at least, and the last of those that are too many begins within the interval.
        #expect(interval / (try number("WatchdogSec")) + 1 < burst)
        #expect(burst * (try number("RestartSec") + 10) < interval)
    }

    @Test("The unit's exposure is 1.2 or less")
    func exposure() async throws {
        let unit = folder.path + "/usr/local/lib/systemd/system/plimsoll.service"
        let options = ["security", "--no-pager", "--offline=true", "--threshold=12", unit]
        let result = try await Tool.run("systemd-analyze", options)
        #expect(result.succeeded, "\(result)")
        #expect(result.output.contains("Overall exposure level"))
    }

    @Test("The server makes no system call that the unit forbids")
    func systemCalls() async throws {
        let allowed = try await allowedCalls()
        let root = try TemporaryFolder()
        let trace = folder.path + "/trace"
        try await ServerProcess.with(
            root: root.path,
            { $0.wrapper = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", trace] }
        ) { server in
            let layer = PseudorandomBytes.bytes(3_000_000, seed: 1)
            try await server.client.pushImage(to: "a/b", reference: "1", layers: [layer])
            #expect(try await server.client.send("GET", "/v2/a/b/blobs/\(Digest.of(layer))").body == layer)
            #expect(try await server.client.send("GET", "/v2/a/b/tags/list").status == 200)
            _ = try await WireClient(port: server.sidePort).send("GET", "/metrics")
            await server.terminateTraced()
        }
        let text = try String(contentsOfFile: trace, encoding: .utf8)
        let used = Set(text.split(separator: "\n").compactMap { $0.firstMatch(of: /^[0-9]+ +([a-z0-9_]+)\(/)?.1 })
        #expect(used.count > 20)
        // SQLite gives its files to the owner of the database where it is root: as tests may be, and the unit never is.
        let byRoot = geteuid() == 0 ? ["fchown"] : []
        #expect(used.filter { !allowed.contains(String($0)) && !byRoot.contains(String($0)) } == [])
    }

    /// The unit's `SystemCallFilter=`, as systemd understands it.
    private func allowedCalls() async throws -> Set<String> {
        let unit = try String(contentsOfFile: ProjectFolder.path + "/config/systemd/plimsoll.service", encoding: .utf8)
        var allowed: Set<String> = []
        for line in unit.split(separator: "\n") where line.hasPrefix("SystemCallFilter=") {
            let value = line.dropFirst("SystemCallFilter=".count)
            let calls = try await calls(value.drop { $0 == "~" }.split(separator: " ").map(String.init))
            if value.hasPrefix("~") { allowed.subtract(calls) } else { allowed.formUnion(calls) }
        }
        return allowed
    }

    /// The calls in groups such as `@system-service`.
    private func calls(_ names: [String]) async throws -> Set<String> {
        var calls: Set<String> = []
        for name in names {
            guard name.hasPrefix("@") else {
                calls.insert(name)
                continue
            }
            let lines = try await Tool.output("systemd-analyze", ["syscall-filter", "--no-pager", name])
                .split(separator: "\n").dropFirst().map { $0.drop { $0 == " " } }
            calls.formUnion(try await self.calls(lines.filter { !$0.hasPrefix("#") }.map(String.init)))
        }
        return calls
    }
}
