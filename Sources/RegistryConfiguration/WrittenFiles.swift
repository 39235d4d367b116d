//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The files that the server writes lines to, each of which must be one of its own.
///
/// Two writers of one file would keep each other out at the start: each locks what it writes.
struct WrittenFiles {
    private var files: [(key: String, path: String)] = []

    init(_ configuration: RegistryConfiguration) {
        if let file = configuration.log.sinks.file { add("log.sinks.file.path", file.path) }
        if configuration.tracing.isActive, let path = configuration.tracing.file { add("tracing.file", path) }
        guard let spill = configuration.log.spill.path else { return }
        for sink in ["stdout", "journald", "file"] {
            add("log.spill.path", AuditSpillSettings.path(of: sink, beside: spill))
        }
    }

    private mutating func add(_ key: String, _ path: String) { files.append((key, Self.plain(path))) }

    /// Reports each key whose file another one names, however it is written.
    func check(_ root: ConfigurationNode, _ record: ReadingRecord) {
        for (index, file) in files.enumerated() {
            guard let other = files[..<index].first(where: { $0.path == file.path }) else { continue }
            let detail = file.key == "log.spill.path" ? ", as one of the files made of it," : ""
            record.add(
                "names\(detail) the same file as \(other.key); each needs a file of its own",
                at: file.key,
                origin: Self.origin(of: file.key, in: root)
            )
        }
    }

    /// Without slashes and components that change nothing; links are not followed.
    private static func plain(_ path: String) -> String {
        (path.hasPrefix("/") ? "/" : "") + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    private static func origin(of key: String, in root: ConfigurationNode) -> ConfigurationProblem.Origin {
        key.split(separator: ".").reduce((root, root.origin)) { found, part in
            guard let entry = found.0.entries?.first(where: { $0.key == part }) else { return found }
            return (entry.node, entry.keyOrigin)
        }.1
    }
}
