//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension EventDocuments {
    /// The JSON schema of a line of the log.
    ///
    /// Source: https://json-schema.org/draft/2020-12/schema
    package static var schema: String {
        let everywhere = fields(.everywhere)
        return JSONDocument.object([
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("$comment", .string("Made by: plimsoll events --schema")),
            ("title", .string("A line of Plimsoll's log, schema \(EntryEncoder.schemaVersion)")),
            ("type", .string("object")),
            ("required", .strings(everywhere.map(\.key.name))),
            ("properties", properties(everywhere)),
            (
                "oneOf",
                .array([.object([("$ref", .string("#/$defs/access"))]), .object([("$ref", .string("#/$defs/event"))])])
            ),
            ("$defs", .object([("access", access), ("event", event)] + events.map { ($0.name, definition(of: $0)) })),
        ]).text + "\n"
    }

    private static func fields(_ presences: LogSchema.Presence...) -> [LogSchema.Field] {
        LogSchema.fields.filter { presences.contains($0.presence) }
    }

    private static var access: JSONDocument {
        .object([
            ("description", .string("A request that is over.")),
            ("required", .strings(fields(.requests, .nullable).map(\.key.name))),
            (
                "properties",
                properties(fields(.requests, .nullable, .known), with: [("kind", constant("access"))])
            ),
            ("not", .object([("required", .strings(["event"]))])),
        ])
    }

    private static var event: JSONDocument {
        .object([
            ("description", .string("Something that happens beside the requests.")),
            ("required", .strings(["event"])),
            ("properties", .object([("kind", constant("event"))])),
            ("oneOf", .array(events.map { .object([("$ref", .string("#/$defs/\($0.name)"))]) })),
        ])
    }

    private static func definition(of item: Item) -> JSONDocument {
        var members: [(String, JSONDocument)] = [("event", constant(item.name))]
        if let severity = item.facts.severity {
            members += [("level", constant(severity.rawValue)), ("msg", constant(item.facts.message))]
        }
        members += item.facts.fields.map { field in
            let type = field.isNumber ? "integer" : "string"
            return (field.rawValue, .object([("description", .string(field.meaning)), ("type", .string(type))]))
        }
        return .object([
            ("description", .string(item.facts.meaning)),
            ("required", .strings(item.facts.fields.filter { !$0.isOptional }.map(\.rawValue))),
            ("properties", .object(members)),
        ])
    }

    private static func properties(
        _ fields: [LogSchema.Field],
        with more: [(String, JSONDocument)] = []
    ) -> JSONDocument {
        .object(more + fields.map { ($0.key.name, property($0)) })
    }

    private static func property(_ field: LogSchema.Field) -> JSONDocument {
        var members: [(String, JSONDocument)] = [("description", .string(field.meaning))]
        let isNullable = field.presence == .nullable
        let type = field.type == .number ? "integer" : "string"
        members.append(("type", isNullable ? .strings([type, "null"]) : .string(type)))
        if field.type == .time { members.append(("format", .string("date-time"))) }
        if let words = words(of: field.key.name) {
            members.append(("enum", .array(words.map(JSONDocument.string) + (isNullable ? [.null] : []))))
        }
        return .object(members)
    }

    private static func constant(_ text: String) -> JSONDocument { .object([("const", .string(text))]) }

    /// The words of fields that have a fixed set of them.
    private static func words(of key: String) -> [String]? {
        switch key {
        case LogKey.level.name: Severity.allCases.map(\.rawValue)
        case LogKey.kind.name: ["access", "event"]
        case LogKey.route.name: RouteName.allCases.map(\.rawValue)
        case LogKey.errorCode.name: ErrorCode.allCases.map(\.rawValue)
        case LogKey.client.name: ClientFamily.allCases.map(\.rawValue)
        case LogKey.cache.name: CacheOutcome.allCases.map(\.rawValue)
        case LogKey.authReason.name: AuthReason.allCases.map(\.rawValue)
        case LogKey.outcome.name: RequestOutcome.allCases.map(\.rawValue)
        case LogKey.audit.name: AuditAction.allCases.map(\.rawValue)
        default: nil
        }
    }
}
