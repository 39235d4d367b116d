//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ServiceLifecycle

/// Tells the service manager that the server ends, before anything else is done about it: it stands last among the
/// services, and so is asked to go first.
package struct StoppingService: Service {
    private let manager: ServiceManager
    private let drainTimeout: @Sendable () -> Duration

    /// - Parameter drainTimeout: `http.draintimeout`, which may be longer than the manager's own limit.
    package init(_ manager: ServiceManager, drainTimeout: @escaping @Sendable () -> Duration) {
        self.manager = manager
        self.drainTimeout = drainTimeout
    }

    package func run() async throws {
        try await gracefulShutdown()
        await manager.tell(.stopping, .status("Draining"), .extendTimeout(drainTimeout() + Self.reserve))
    }

    /// For what comes after the drain: cutting off, flushing the log.
    private static let reserve = Duration.seconds(15)
}
