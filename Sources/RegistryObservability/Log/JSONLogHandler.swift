//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
package import RegistryTelemetry

/// What libraries log, as events `library_log` in the same log as everything else.
///
/// The fields are `logger` (the label), `source` (the module), `error` if there is one, and the metadata with keys
/// `metadata.<key>`, so that no library can overwrite a field of ours.
package struct JSONLogHandler: LogHandler {
    private let label: String
    private let observer: any Observer
    private let level: LibraryLogLevel
    private var ownLevel: Logger.Level?

    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    /// Makes a handler for one logger.
    /// - Parameters:
    ///   - label: the logger's.
    ///   - observer: gets the events.
    ///   - level: below it the logger does not even make its message, unless it is given one of its own.
    package init(label: String, observer: any Observer, level: LibraryLogLevel = LibraryLogLevel(.info)) {
        self.label = label
        self.observer = observer
        self.level = level
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? level.value }
        set { ownLevel = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields: [ServerEvent.Field] = [.init(.logger, .text(label)), .init(.source, .text(event.source))]
        if let error = event.error { fields.append(.init(.error, .text("\(error)"))) }
        // What is nearest to the call wins.
        let merged = (metadataProvider?.get() ?? [:])
            .merging(metadata) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        for (key, value) in merged.sorted(by: { $0.key < $1.key }) {
            fields.append(.init(free: "metadata.\(key)", .text("\(value)")))
        }
        observer.note(.library(Severity(event.level), event.message.description, fields))
    }
}

extension Severity {
    /// The nearest of the log's own levels.
    package init(_ level: Logger.Level) {
        self =
            switch level {
            case .trace, .debug: .debug
            case .info, .notice: .info
            case .warning: .warn
            case .error, .critical: .error
            }
    }
}
