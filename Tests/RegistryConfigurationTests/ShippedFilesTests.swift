//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing

@testable import RegistryConfiguration

@Suite("The files beside the code")
struct ShippedFilesTests {
    private static let knownKeys = {
        let record = ReadingRecord()
        _ = RegistryConfiguration.read(nil, record: record)
        return (supported: record.supportedKeys, unsupported: record.unsupportedKeys)
    }()

    private static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.package.appending(path: path), encoding: .utf8)
    }

    /// The template with every key in force.
    ///
    /// Keys are commented out by a `#` without a space behind it.
    private func templateWithEveryKey() throws -> String {
        try text("config/registry.yml")
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in
                let key = line.drop { $0 == " " }
                let isKey = key.hasPrefix("#") && key.dropFirst().first.map { $0.isLetter || $0 == "-" } == true
                return isKey ? line.prefix(line.count - key.count) + key.dropFirst() : line
            }
            .joined(separator: "\n")
    }

    @Test("the quick start listens on this machine only, and deletes")
    func quickstart() throws {
        let configuration = try load(text("config/quickstart.yml"))
        let local = "127.0.0.1"
        #expect(configuration.http.address == ListenAddress(host: local, port: 5000))
        #expect(configuration.http.debug?.address == ListenAddress(host: local, port: 5001))
        #expect(configuration.http.debug?.prometheus.enabled == true)
        #expect(configuration.storage.driver == .filesystem(FilesystemSettings(rootDirectory: "./.plimsoll/registry")))
        #expect(configuration.storage.deleteEnabled)
    }

    @Test("the template is accepted")
    func template() throws {
        let configuration = try load(text("config/registry.yml"))
        #expect(configuration.http.address == ListenAddress(host: "", port: 5000))
        #expect(configuration.http.debug?.address == ListenAddress(host: "127.0.0.1", port: 5001))
        #expect(configuration.storage.driver == .filesystem(FilesystemSettings(rootDirectory: "/var/lib/registry")))
    }

    @Test("the template has every key, each in a form that is accepted")
    func templateIsComplete() throws {
        let complete = try templateWithEveryKey()
        // Two of anything that excludes each other, middleware that is not disabled, and bursts without a rate.
        let conflicts = problems(complete).map { line in line.replacing(#/^config\.yml:[0-9]+: /#, with: "") }
        #expect(
            conflicts.filter { !$0.hasPrefix("middleware.") } == [
                "storage.inmemory: a second storage driver beside filesystem; exactly one is allowed",
                "storage.s3: a second storage driver beside filesystem; exactly one is allowed",
                "storage.s3aws: a second storage driver beside filesystem; exactly one is allowed",
                "storage.azure: a second storage driver beside filesystem; exactly one is allowed",
                "storage.gcs: a second storage driver beside filesystem; exactly one is allowed",
                "storage.swift: a second storage driver beside filesystem; exactly one is allowed",
                "storage.oss: a second storage driver beside filesystem; exactly one is allowed",
                "auth.silly: a second scheme beside none; exactly one is allowed",
                "auth.htpasswd: a second scheme beside none; exactly one is allowed",
                "auth.token: a second scheme beside none; exactly one is allowed",
                "auth.policy: has either file or rules of its own, not both",
                "http.tls: has both certificate and letsencrypt; keep one of them",
                "validation.manifests.indexes.platformlist: has no effect without platforms: list",
                "reports.schedule.0.at: cannot be given together with every",
                "reports.schedule.0: needs either a directory or a repository",
                "notifications.endpoints.0.secretfile: cannot be given together with secret",
            ]
        )

        let tree = try #require(try YAMLComposer.compose(complete) { line in .file(line: line) })
        let present = Set(tree.keys(below: ""))
        let missing = Self.knownKeys.supported.filter { !present.contains($0) }
        #expect(missing == [])
        #expect(Self.knownKeys.supported.count > 50)
    }

    @Test("the template tells every default as it is")
    func templateDefaults() throws {
        let text = try templateWithEveryKey()
            .replacing("disabled: false\n      # Its options", with: "disabled: true\n      # Its options")
            .replacing("platforms: all", with: "platforms: list").replacing("    certificate: /etc", with: "    #")
            .replacing("    key: /etc", with: "    #").replacing("      at: 02:00\n", with: "")
            .replacing("      repository: reports/capacity\n", with: "")
            .replacing("secretfile: /etc/plimsoll/ci.secret", with: "")
        // The schemes of access exclude each other, and so do the drivers.
        let sections = ["auth:"] + ["inmemory", "s3", "s3aws", "azure", "gcs", "swift", "oss"].map { "  \($0):" }
        let complete = try load(sections.reduce(text, Self.without))
        #expect(complete.limits == LimitsSettings())
        let export = ReportsSettings.Export(name: "nightly", target: .directory("/var/lib/plimsoll-exports"))
        #expect(complete.reports.schedule == [export])
        let endpoint = try #require(complete.notifications.endpoints.first)
        let plain = NotificationSettings.Endpoint(name: endpoint.name, url: endpoint.url)
        #expect(complete.notifications.history == NotificationSettings().history)
        #expect(endpoint.timeout == plain.timeout && endpoint.backoff == plain.backoff)
        #expect(endpoint.threshold == plain.threshold && endpoint.maxRetries == plain.maxRetries)
        #expect(endpoint.format == plain.format && endpoint.parallel == plain.parallel && endpoint.queue == plain.queue)
        #expect(complete.storage.uploadPurging == UploadPurgingSettings())
        #expect(complete.http.controlSocket == "/srv/plimsoll/control.sock")
        #expect(complete.http.tls?.minimumVersion == .tls12)
        #expect(complete.http.timeouts == HTTPTimeouts())
        #expect(complete.http.drainTimeout == .seconds(30))
        #expect(complete.http.debug?.prometheus.path == PrometheusSettings().path)
        #expect(complete.http.debug?.prometheus.usage == PrometheusSettings().usage)
        #expect(complete.storage.driver == .filesystem(FilesystemSettings()))
        #expect(complete.storage.descriptorCache == .inMemory(size: 10_000))
        #expect(complete.storage.reserve == StorageSettings(driver: .inMemory).reserve)
        #expect(complete.health.storageDriver.interval == StorageHealth().interval)
        #expect(complete.catalog == CatalogSettings())
        #expect(complete.tags == TagSettings())
        #expect(complete.log.accessLogDisabled == LogSettings().accessLogDisabled)
        #expect(complete.log.level == LogSettings().level)
    }

    /// The text without the section that has this head.
    private static func without(_ text: String, _ head: String) -> String {
        let indent = head.prefix { $0 == " " }.count
        var isInside = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            let isKey = line.prefix { $0 == " " }.count <= indent && line.contains { $0.isLetter }
            if line.hasPrefix(head) { isInside = true } else if isKey { isInside = false }
            return !isInside
        }
        return lines.joined(separator: "\n")
    }

    @Test(
        "what is made from the catalogue is up to date",
        arguments: [
            ("config/registry.yml", "template"), ("docs/config.schema.json", "schema"),
            ("docs/configuration.md", "keys"),
        ]
    )
    func generated(path: String, what: String) throws {
        let present = try text(path)
        let expected: String
        switch what {
        case "template": expected = ConfigurationDocuments.template
        case "schema": expected = ConfigurationDocuments.schema
        default:
            let begin = "<!-- Made by: plimsoll config explain --markdown. A test compares it with the code. -->\n\n"
            let end = "<!-- The end of what is made. -->\n"
            let start = try #require(present.firstRange(of: begin)).upperBound
            let stop = try #require(present.firstRange(of: end)).lowerBound
            expected = present[..<start] + ConfigurationDocuments.markdown + "\n" + present[stop...]
        }
        if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
            try expected.write(toFile: Self.package.appending(path: path).path, atomically: true, encoding: .utf8)
        }
        let difference = expected.split(separator: "\n").difference(from: try text(path).split(separator: "\n"))
        #expect(difference.isEmpty, "\(difference)")
    }

    @Test("the manual has every key")
    func manual() throws {
        let manual = try text("docs/configuration.md")
        let rows = manual.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let missing = Self.knownKeys.supported.filter { key in !rows.contains { $0.hasPrefix("| `\(key)` |") } }
        #expect(missing == [])
        let unmentioned = Self.knownKeys.unsupported.filter { !manual.contains("`\($0)`") }
        #expect(unmentioned == [])
    }

    @Test("the manual shows errors as they are")
    func manualErrors() throws {
        let blocks = try text("docs/configuration.md").components(separatedBy: "```")
        let file = try #require(blocks.first { $0.hasPrefix("yaml\nversion: 0.1") }).dropFirst("yaml\n".count)
        let output = try #require(blocks.first { $0.hasPrefix("text\n") }).dropFirst("text\n".count)
        let lines = problems(String(file), environment: ["REGISTRY_HTTP_RELATIVEURL": "true"])
        #expect(lines == output.split(separator: "\n").map(String.init))
    }
}

extension ConfigurationNode {
    fileprivate var items: [ConfigurationNode] {
        if case .list(let items) = value { items } else { [] }
    }

    /// Every key in this value, in dotted form.
    fileprivate func keys(below path: String) -> [String] {
        (entries ?? []).flatMap { entry in
            let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            return [key] + entry.node.keys(below: key) + entry.node.items.flatMap { $0.keys(below: key + "[]") }
        }
    }
}
