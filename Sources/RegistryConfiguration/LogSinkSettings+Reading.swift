//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension LogSinkSettings {
    /// Reads the section `log.sinks`.
    init(reading sinks: SectionReader) {
        self.init()
        stdout = sinks.section("stdout", StdoutSinkSettings.init(reading:))
        journald = sinks.section("journald", JournaldSinkSettings.init(reading:))
        file = sinks.section("file", FileSinkSettings.read)
    }
}

extension StdoutSinkSettings {
    init(reading section: SectionReader) {
        self.init()
        enabled = section.value("enabled", default: enabled, LogSinkSwitch.parse)
        selection = LogSelection(reading: section)
    }
}

extension JournaldSinkSettings {
    init(reading section: SectionReader) {
        self.init()
        enabled = section.value("enabled", default: enabled, LogSinkSwitch.parse)
        socket = section.value("socket", default: socket) { scalar throws(InvalidValue) in
            // sun_path of sockaddr_un has 108 bytes, the last of which is 0.
            guard scalar.text.hasPrefix("/"), scalar.text.utf8.count <= 107 else {
                throw InvalidValue("must be an absolute path of at most 107 bytes")
            }
            return scalar.text
        }
        message = section.value("message", default: message) { scalar throws(InvalidValue) in
            try scalar.word(of: Message.self)
        }
        batch = section.integer("batch", default: batch, atLeast: 1)
        selection = LogSelection(reading: section)
    }
}

extension FileSinkSettings {
    /// - Returns: nil where no path is set; the other keys are checked all the same.
    static func read(_ section: SectionReader) -> FileSinkSettings? {
        let path = section.value("path", default: "") { scalar in scalar.text }
        var settings = FileSinkSettings(path: path)
        settings.maxSize = section.bytes("maxsize", default: settings.maxSize, orZero: 4096)
        settings.maxAge = section.span("maxage", default: settings.maxAge)
        settings.rotateAt = section.value("rotateat", default: .none) { scalar throws(InvalidValue) in
            try scalar.word(of: ClockMark.self)
        }
        settings.maxFiles = section.value("maxfiles", default: settings.maxFiles) { scalar throws(InvalidValue) in
            let number = try scalar.integer(atLeast: 0)
            return number == 0 ? nil : number
        }
        settings.maxTotal = section.bytes("maxtotal", default: settings.maxTotal)
        settings.minFree = section.bytes("minfree", default: settings.minFree)
        settings.retention = section.span("retention", default: settings.retention)
        settings.compression = section.value("compression", default: .gzip) { scalar throws(InvalidValue) in
            try scalar.word(of: Compression.self)
        }
        settings.format = section.value("format", default: .json) { scalar throws(InvalidValue) in
            try scalar.word(of: Format.self)
        }
        settings.selection = LogSelection(reading: section)
        if settings.format == .combined, settings.selection.kinds == [.event] {
            section.report("kinds must name access or audit, since format combined has requests only")
        }
        if let maxSize = settings.maxSize, let maxTotal = settings.maxTotal, maxTotal < maxSize {
            section.report("maxtotal must not be below maxsize")
        }
        return path.isEmpty ? nil : settings
    }
}

extension AuditSpillSettings {
    /// Reads the section `log.spill`.
    init(reading section: SectionReader) {
        let path = section.value("path", default: "") { scalar in scalar.text }
        self.init(path: path.isEmpty ? nil : path)
        maxSize = section.bytes("maxsize", default: maxSize) ?? .max
    }
}

extension LogSelection {
    /// Reads the keys `level` and `kinds`, which every sink has.
    init(reading section: SectionReader) {
        self.init(
            level: section.value("level", default: LogLevel?.none) { scalar throws(InvalidValue) in
                try LogLevel.parse(scalar)
            },
            kinds: Self.kinds(in: section)
        )
    }

    private static func kinds(in section: SectionReader) -> Set<LogKind> {
        let all = Set(LogKind.allCases)
        guard let node = section.entry("kinds")?.node, node.value != .null else { return all }
        guard case .list(let items) = node.value else {
            section.report("must be a list, as in [access, event, audit]", at: "kinds", origin: node.origin)
            return all
        }
        let kinds = items.compactMap { item in
            section.value(of: item, at: "kinds", default: LogKind?.none) { scalar throws(InvalidValue) in
                try scalar.word(of: LogKind.self)
            }
        }
        if items.isEmpty {
            section.report(
                "must not be empty; to switch a sink off, set enabled: false",
                at: "kinds",
                origin: node.origin
            )
        }
        return Set(kinds)
    }
}

extension LogSinkSwitch {
    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> LogSinkSwitch {
        if scalar.text.lowercased() == "auto" { return .auto }
        guard let isOn = try? scalar.boolean() else {
            throw InvalidValue("must be true, false or auto, not \(scalar.text.quoted)")
        }
        return isOn ? .on : .off
    }
}

extension SectionReader {
    /// Reads a size, 0 being none.
    /// - Parameter minimum: the least size that makes sense.
    fileprivate func bytes(_ key: String, default fallback: Int64?, orZero minimum: Int64 = 1) -> Int64? {
        value(key, default: fallback) { scalar throws(InvalidValue) in
            let bytes = try scalar.bytes()
            guard bytes == 0 || bytes >= minimum else { throw InvalidValue("must be 0 or at least \(minimum) bytes") }
            return bytes == 0 ? nil : bytes
        }
    }

    /// Reads a duration, 0 being none.
    fileprivate func span(_ key: String, default fallback: Duration?) -> Duration? {
        value(key, default: fallback) { scalar throws(InvalidValue) in
            let duration = try scalar.duration()
            guard duration >= .zero else { throw InvalidValue("must not be negative") }
            return duration == .zero ? nil : duration
        }
    }
}
