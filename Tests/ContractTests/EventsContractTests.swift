//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryObservability
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Contract: events")
struct EventsContractTests {
    private static let files: [(String, @Sendable () -> String)] = [
        ("config/systemd/plimsoll.catalog", { EventDocuments.journalCatalog }),
        ("docs/events.md", { EventDocuments.markdown }),
        ("docs/log.schema.json", { EventDocuments.schema }),
    ]

    private static func url(_ path: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: path)
    }

    @Test("The files made from the catalogue are what the catalogue makes; `plimsoll events` prints them")
    func files() throws {
        for (path, make) in Self.files {
            let file = Self.url(path)
            if ProcessInfo.processInfo.environment["PLIMSOLL_UPDATE_GOLDEN"] == "1" {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try make().write(to: file, atomically: true, encoding: .utf8)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == make(), "\(path)")
        }
    }

    @Test("The manual has the table of fields as the code has it, and every event")
    func manual() throws {
        let manual = try String(contentsOf: Self.url("docs/observability.md"), encoding: .utf8)
        #expect(manual.contains(EventDocuments.journalFields))
    }

    /// Names and message ids that were published: a line may be added here, and none may change or go.
    @Test("Names and message ids do not change")
    func identifiers() throws {
        let events = EventName.allCases.map { "\($0.rawValue) \($0.facts.messageID)" }
        let audits = AuditAction.allCases.map { "\($0.rawValue) \($0.facts.messageID)" }
        try Golden.expect((events + audits).sorted().joined(separator: "\n") + "\n", "events.txt")
    }

    @Test("Every message id is of its own and has the form of one")
    func form() {
        let facts = EventName.allCases.map(\.facts) + AuditAction.allCases.map(\.facts)
        #expect(Set(facts.map(\.messageID)).count == facts.count)
        for facts in facts {
            // Version 4 of RFC 9562, as `systemd-id128 new` makes them.
            #expect(
                facts.messageID.wholeMatch(of: /[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}/) != nil,
                "\(facts.messageID)"
            )
            #expect(!facts.meaning.isEmpty && !facts.action.isEmpty)
        }
    }

    @Test("Every metric named in the catalogue exists")
    func metrics() {
        let names = Set(Instruments(driverName: "inmemory").families.map(\.name))
        for event in EventName.allCases {
            if let metric = event.facts.metric { #expect(names.contains(metric), "\(metric)") }
        }
        #expect(names.contains("registry_events_total"))
    }
}
