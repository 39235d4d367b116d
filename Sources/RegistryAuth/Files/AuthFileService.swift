//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
package import RegistryTelemetry
import ServiceLifecycle

/// Looks once a second whether files of users, keys and rules have changed.
///
/// Nobody who waits for an answer ever waits for a file.
package struct AuthFileService: Service {
    private let files: [any AnyAuthFile]
    private let observer: any Observer
    private let rejected: Gauge
    private let interval: Duration

    /// - Parameters:
    ///   - rejected: shows how many of the files are no good as they are.
    ///   - interval: between two looks.
    package init(
        _ files: [any AnyAuthFile],
        observer: any Observer,
        rejected: Gauge,
        interval: Duration = .seconds(1)
    ) {
        self.files = files
        self.observer = observer
        self.rejected = rejected
        self.interval = interval
    }

    package func run() async throws {
        // What is not looked after any more says nothing.
        defer { rejected.set(0) }
        for file in files { noteIgnored(file) }
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: interval, clock: .continuous)) != nil {
                _ = try? await NIOThreadPool.singleton.runIfActive { refresh() }
            }
        }
    }

    /// Looks at all files now, which blocks.
    package func refresh() {
        for file in files {
            switch file.refresh() {
            case nil: continue
            case .success(let count):
                observer.note(
                    ServerEvent(
                        .authFileLoaded,
                        [.init(.file, .text(file.path)), .init(.entries, .number(Int64(count)))]
                    )
                )
                noteIgnored(file)
            case .failure(let error):
                observer.note(
                    ServerEvent(
                        .authFileRejected,
                        [.init(.file, .text(file.path)), .init(.cause, .text(error.description))]
                    )
                )
            }
        }
        rejected.set(Int64(files.count(where: \.isRejected)))
    }

    /// No more than a few: a file may be full of them.
    private static let maximumEvents = 20

    private func noteIgnored(_ file: any AnyAuthFile) {
        for entry in file.ignored.prefix(Self.maximumEvents) {
            var fields: [ServerEvent.Field] = [.init(.file, .text(file.path))]
            if let line = entry.line { fields.append(.init(.line, .number(Int64(line)))) }
            fields.append(.init(.cause, .text(entry.cause)))
            observer.note(ServerEvent(.authEntryIgnored, fields))
        }
    }
}
