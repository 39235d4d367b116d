//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryObservability
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Which entries go to the log: as configured, or for a while otherwise.
final class LogLevels: Service {
    private let pipeline: LogPipeline
    private let libraries: LibraryLogLevel
    private let settings: Mutex<LogSettings>
    private let override = LiveSetting<Override?>(nil)
    private let observer: any Observer

    /// What an operator asked for.
    struct Override: Sendable {
        let level: LogLevel
        /// Nil for as long as the server runs.
        let end: ContinuousClock.Instant?
    }

    init(_ settings: LogSettings, _ pipeline: LogPipeline, _ libraries: LibraryLogLevel, observer: any Observer) {
        self.settings = Mutex(settings)
        self.pipeline = pipeline
        self.libraries = libraries
        self.observer = observer
        apply()
    }

    /// As configured.
    var configured: LogLevel { settings.withLock(\.level) }

    /// What holds instead; nil for nothing.
    var current: Override? { override.value }

    /// Takes another configuration; what an operator asked for holds on.
    func configure(_ settings: LogSettings) {
        self.settings.withLock { $0 = settings }
        apply()
    }

    /// Writes other events from now on.
    /// - Parameters:
    ///   - level: nil goes back to the configuration.
    ///   - duration: after which it goes back by itself; nil for never.
    ///   - source: who asks.
    func set(_ level: LogLevel?, for duration: Duration?, by source: String) {
        override.set(level.map { Override(level: $0, end: duration.map { .now + $0 }) })
        apply()
        var fields: [ServerEvent.Field] = [
            .init(.by, .text(source)), .init(.threshold, .text(level?.rawValue ?? "configured")),
        ]
        if let duration { fields.append(.init(.lasting, .number(duration.components.seconds))) }
        observer.note(ServerEvent(.logLevelChanged, fields))
    }

    /// Goes back when the time is over, until the server goes down.
    func run() async {
        await cancelWhenGracefulShutdown {
            await self.override.follow { override in
                guard let end = override?.end, (try? await Task.sleep(until: end, clock: .continuous)) != nil else {
                    return
                }
                guard self.current?.end == end else { return }
                self.set(nil, for: nil, by: "time")
            }
        }
    }

    private func apply() {
        settings.withLock { settings in
            // Asked in here, so that of two changes at once the last one stays.
            let level = override.value?.level
            pipeline.setFilters(settings.filters(level))
            libraries.setVerbose((level ?? settings.level) == .debug)
        }
    }
}
