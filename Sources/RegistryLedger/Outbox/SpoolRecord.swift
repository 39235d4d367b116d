//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// What is noted of events while the ledger cannot be used: one line of JSON.
enum SpoolRecord: Sendable, Equatable {
    /// A change is about to be made.
    case promised(Int64, [PromisedEvent])
    /// It was made, and these have come true.
    case ended(Int64, [OutboxEntry])

    var line: String {
        let members: [(String, JSONText?)] =
            switch self {
            case .promised(let intent, let events):
                [("intent", .string(String(intent))), ("promised", .array(events.map(Self.text)))]
            case .ended(let intent, let entries):
                [("intent", .string(String(intent))), ("ended", .array(entries.map { .object(Self.members($0)) }))]
            }
        return JSONText.object(members).text + "\n"
    }

    private static func text(_ event: PromisedEvent) -> JSONText {
        .object(
            [
                ("item", .string(event.fact.item.text)), ("digest", event.fact.digest.map { .string($0.description) }),
            ] + members(event.entry)
        )
    }

    private static func members(_ entry: OutboxEntry) -> [(String, JSONText?)] {
        [
            ("id", .string(entry.id)), ("repository", .string(entry.repository)),
            ("action", .string(entry.action.rawValue)), ("time", .string(String(entry.time))),
            ("body", .string(entry.body)), ("trace", .string(entry.trace)),
            ("endpoints", .array(entry.endpoints.map { .string($0) })),
        ]
    }

    /// Reads a line, without its end; nil for what is none, as one that was half written.
    init?(_ line: [UInt8]) {
        guard let json = try? StrictJSON(line), let intent = json["intent"]?.string.flatMap({ Int64($0) }) else {
            return nil
        }
        if let events = json["promised"]?.array?.map(Self.event) {
            let known = events.compactMap(\.self)
            guard known.count == events.count else { return nil }
            self = .promised(intent, known)
        } else if let entries = json["ended"]?.array?.map(Self.entry) {
            let known = entries.compactMap(\.self)
            guard known.count == entries.count else { return nil }
            self = .ended(intent, known)
        } else {
            return nil
        }
    }

    private static func event(_ json: StrictJSON) -> PromisedEvent? {
        guard let item = json["item"]?.string.flatMap({ StorageItem($0) }), let entry = entry(json) else { return nil }
        let digest = json["digest"]?.string
        let known = digest.flatMap { try? Digest($0) }
        guard (digest == nil) == (known == nil) else { return nil }
        return PromisedEvent(fact: StorageFact(item, known), entry: entry)
    }

    private static func entry(_ json: StrictJSON) -> OutboxEntry? {
        guard let id = json["id"]?.string, let repository = json["repository"]?.string,
            let action = json["action"]?.string.flatMap({ StorageEvent.Action(rawValue: $0) }),
            let time = json["time"]?.string.flatMap({ Int64($0) }), let body = json["body"]?.string,
            let trace = json["trace"]?.string, let endpoints = json["endpoints"]?.array
        else { return nil }
        return OutboxEntry(
            id: id,
            repository: repository,
            action: action,
            time: time,
            body: body,
            trace: trace,
            endpoints: endpoints.compactMap(\.string)
        )
    }
}
