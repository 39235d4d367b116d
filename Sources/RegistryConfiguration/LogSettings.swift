//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is logged, and where to.
package struct LogSettings: Sendable, Equatable {
    /// The least important level that is written.
    package var level: LogLevel
    /// Fields that every line carries, such as the name of the service.
    ///
    /// Write them in the order of their keys.
    package var fields: [String: String]
    /// Whether the line a request is left out.
    package var accessLogDisabled: Bool
    /// A request that keeps its client waiting for longer gets an event of its own; 0 for none.
    package var slow: Duration
    /// Where lines go.
    package var sinks: LogSinkSettings
    /// Where audit entries go that a sink does not take in time.
    package var spill: AuditSpillSettings

    /// Creates settings; what is left out has its default.
    package init(
        level: LogLevel = .info,
        fields: [String: String] = [:],
        accessLogDisabled: Bool = false,
        slow: Duration = .seconds(5),
        sinks: LogSinkSettings = LogSinkSettings(),
        spill: AuditSpillSettings = AuditSpillSettings(),
    ) {
        self.level = level
        self.fields = fields
        self.accessLogDisabled = accessLogDisabled
        self.slow = slow
        self.sinks = sinks
        self.spill = spill
    }
}

extension LogSettings {
    /// Reads the section `log`, and `loglevel` beside it, which is an old name of `log.level`.
    init(reading log: SectionReader, deprecatedLevel document: SectionReader) {
        let oldLevel = document.value("loglevel", default: LogLevel.info, LogLevel.parse)
        self.init(
            level: log.value("level", default: oldLevel, LogLevel.parse),
            fields: Self.fields(in: log),
            accessLogDisabled: log.section("accesslog") { $0.boolean("disabled", default: false) },
            slow: log.duration("slow", default: .seconds(5)),
            sinks: log.section("sinks", LogSinkSettings.init(reading:)),
            spill: log.section("spill", AuditSpillSettings.init(reading:)),
        )
        Self.checkFormatter(in: log)
        log.refuse("hooks", "reportcaller")
    }

    private static func fields(in log: SectionReader) -> [String: String] {
        log.freeEntries("fields").reduce(into: [:]) { fields, entry in
            let key = "fields.\(entry.key.printable)"
            switch entry.node.value {
            case .null: fields[entry.key] = ""
            case .scalar(let scalar): fields[entry.key] = scalar.text
            case .list, .map: log.report("must be a single value", at: key, origin: entry.node.origin)
            }
        }
    }

    private static func checkFormatter(in log: SectionReader) {
        log.value("formatter", default: ()) { scalar throws(InvalidValue) in
            switch scalar.text {
            case "json": return
            case "text", "logstash":
                throw InvalidValue("not supported yet: Plimsoll always writes JSON lines; set json or remove the key")
            default:
                throw InvalidValue("unknown formatter \(scalar.text.quoted); set json or remove the key")
            }
        }
    }
}
