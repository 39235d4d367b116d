//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry
import ServiceLifecycle

/// Removes abandoned uploads at intervals.
package struct UploadPurger: Service {
    private let context: StoreContext
    private let settings: Settings
    private let readOnly: ReadOnlyMode?
    private let now: @Sendable () -> WallTime

    /// `storage.maintenance.uploadpurging`.
    package struct Settings: Sendable, Equatable {
        /// How long ago an upload must have begun.
        package var age: Duration
        /// The time from the end of a round to the next.
        package var interval: Duration
        /// Whether a round only tells what it would remove.
        package var isDryRun: Bool

        package init(age: Duration, interval: Duration, isDryRun: Bool) {
            self.age = age
            self.interval = interval
            self.isDryRun = isDryRun
        }
    }

    /// - Parameters:
    ///   - readOnly: while it is on, uploads are left where they are, and it waits for a round that has begun.
    ///   - now: the clock that ages are counted by.
    package init(
        _ context: StoreContext,
        _ settings: Settings,
        readOnly: ReadOnlyMode? = nil,
        now: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.context = context
        self.settings = settings
        self.readOnly = readOnly
        self.now = now
    }

    /// Removes until the server goes down.
    ///
    /// The first round comes at a random time of the first hour, so that servers that are started together do not ask
    /// their storage together.
    package func run() async {
        await cancelWhenGracefulShutdown {
            var pause = Duration.seconds(Int64.random(in: 0..<3600))
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                if readOnly?.beginChange() ?? true {
                    await round()
                    readOnly?.endChange()
                }
                pause = settings.interval
            }
        }
    }

    /// Goes through all uploads once, and tells of what it found.
    /// - Parameter each: told of every upload that is removed, or would be.
    @discardableResult
    package func round(_ each: (UploadPurge.Abandoned) -> Void = { _ in }) async -> UploadPurge.Report {
        let purge = UploadPurge(context.driver, olderThan: settings.age, now: now(), isDryRun: settings.isDryRun)
        var ended: [StorageChange] = []
        let report = await purge.run { upload in
            each(upload)
            if !settings.isDryRun { ended.append(.uploadEnded(upload.repository, upload.id)) }
        }
        if !ended.isEmpty { await context.journal?.note(ended) }
        let instruments = context.instruments
        instruments.uploadsUnfinished.set(Int64(report.left + (settings.isDryRun ? report.purged : 0)))
        if !settings.isDryRun {
            instruments.uploadsPurged.add(Int64(report.purged))
            instruments.uploadsPurgedBytes.add(report.bytes)
        }
        if report.purged > 0 {
            context.observer.note(
                ServerEvent(
                    settings.isDryRun ? .uploadsAbandoned : .uploadsPurged,
                    [
                        .init(.uploads, .number(Int64(report.purged))), .init(.size, .number(report.bytes)),
                        .init(.inUse, .number(Int64(report.inUse))),
                    ]
                )
            )
        }
        if let failure = report.failure {
            context.observer.note(
                ServerEvent(
                    .uploadPurgeFailed,
                    [.init(.failures, .number(Int64(report.failed))), .init(.cause, .text(failure))]
                )
            )
        }
        return report
    }
}
