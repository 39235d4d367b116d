//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ServiceLifecycle
import UnixSignals

/// Does what signals ask for while the server runs.
package struct SignalService: Service {
    private let manager: ServiceManager
    private let reload: @Sendable () async -> Void
    private let rotate: @Sendable () -> Void

    /// - Parameters:
    ///   - reload: SIGHUP: log files are opened again, for those who keep logrotate, and certificates read again.
    ///   - rotate: SIGUSR1: the log files are rotated now.
    package init(
        _ manager: ServiceManager,
        reload: @escaping @Sendable () async -> Void,
        rotate: @escaping @Sendable () -> Void
    ) {
        self.manager = manager
        self.reload = reload
        self.rotate = rotate
    }

    package func run() async {
        for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr1).cancelOnGracefulShutdown() {
            switch signal {
            case .sigusr1:
                rotate()
            default:
                await manager.tell(.reloadingNow)
                await reload()
                await manager.tell(.ready)
            }
        }
    }
}
