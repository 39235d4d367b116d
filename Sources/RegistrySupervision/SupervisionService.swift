//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import ServiceLifecycle

/// Keeps the service manager informed: ready, what is going on, and a sign of life for each proof that the work can be
/// done.
///
/// It stands first among the services, so that it ends last and the drain is watched too.
package struct SupervisionService: Service {
    private let manager: ServiceManager
    private let readiness: Readiness
    private let probe: WorkProbe
    private let status: @Sendable () -> String
    private let observer: any Observer

    /// - Parameter status: one line on how the server is, for people.
    package init(
        _ manager: ServiceManager,
        _ readiness: Readiness,
        _ probe: WorkProbe,
        observer: any Observer,
        status: @escaping @Sendable () -> String
    ) {
        self.manager = manager
        self.readiness = readiness
        self.probe = probe
        self.status = status
        self.observer = observer
    }

    package func run() async {
        guard manager.isPresent else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            let addresses = await self.readiness.all()
            guard !Task.isCancelled else { return }
            let place = self.place(addresses)
            // As for the manager, who counts from this moment.
            self.probe.begin()
            await self.manager.tell(.ready, .status(self.text(place)))
            await withTaskGroup { group in
                group.addTask { await self.report(place) }
                if let timeout = self.manager.watchdogTimeout { group.addTask { await self.feed(every: timeout / 4) } }
            }
        }
    }

    /// Sends a sign of life for each proof; without one, none.
    ///
    /// The manager counts from the last one. So they are so close that it can be told of one that does not come while
    /// the server still lives.
    private func feed(every interval: Duration) async {
        while !Task.isCancelled {
            await probe.run()
            await manager.tell(.watchdog)
            try? await Task.sleep(for: interval)
        }
    }

    /// Tells how the server is, as often as it changes.
    private func report(_ place: String) async {
        var last = text(place)
        var isStalled = false
        while !Task.isCancelled {
            try? await Task.sleep(for: reportInterval)
            if let delay = stall {
                if !isStalled { observer.note(.watchdogStalled(delay)) }
                isStalled = true
            } else {
                isStalled = false
            }
            let next = text(place)
            if next != last, !Task.isCancelled { await manager.tell(.status(next)) }
            last = next
        }
    }

    /// Often enough for somebody who looks, and for a manager who is in a hurry; and cheap, since nothing is sent while
    /// nothing changes.
    private var reportInterval: Duration { min(.seconds(1), manager.watchdogTimeout.map { $0 / 8 } ?? .seconds(1)) }

    /// What holds the watchdog up: there has been no sign of life for half of what the manager allows.
    private var stall: (stage: WorkProbe.Stage, time: Duration)? {
        guard let timeout = manager.watchdogTimeout, let delay = probe.delay, delay.time >= timeout / 2 else {
            return nil
        }
        return delay
    }

    private func place(_ addresses: [String]) -> String {
        // People forget the option, and then wonder where the log is.
        let choice = manager.journalNamespace.map { "--namespace=\($0)" } ?? "-u plimsoll"
        return "on \(addresses.joined(separator: " and ")); log: journalctl \(choice)"
    }

    private func text(_ place: String) -> String {
        let stall = stall.map { "\($0.stage.rawValue) has not answered for \($0.time.components.seconds) s; " } ?? ""
        return "\(stall)\(status()) \(place)"
    }
}

extension ServerEvent {
    /// The manager is about to end the server for want of a sign of life.
    fileprivate static func watchdogStalled(_ delay: (stage: WorkProbe.Stage, time: Duration)) -> ServerEvent {
        ServerEvent(
            .watchdogStalled,
            [.init(.waitingFor, .text(delay.stage.rawValue)), .init(.waited, .number(delay.time.microseconds))]
        )
    }
}
