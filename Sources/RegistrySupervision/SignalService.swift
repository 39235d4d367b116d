//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ServiceLifecycle
import UnixSignals

/// Does what signals ask for while the server runs.
package struct SignalService: Service {
    private let reload: @Sendable () async -> Void
    private let rotate: @Sendable () -> Void
    private let toggleReadOnly: @Sendable () -> Void

    /// - Parameters:
    ///   - reload: SIGHUP: the configuration is read again, and log files are opened again for those who keep logrotate.
    ///   - rotate: SIGUSR1: the log files are rotated now.
    ///   - toggleReadOnly: SIGUSR2: changes are refused from now on, or taken again.
    package init(
        reload: @escaping @Sendable () async -> Void,
        rotate: @escaping @Sendable () -> Void,
        toggleReadOnly: @escaping @Sendable () -> Void
    ) {
        self.reload = reload
        self.rotate = rotate
        self.toggleReadOnly = toggleReadOnly
    }

    package func run() async {
        for await signal in await UnixSignalsSequence(trapping: .sighup, .sigusr1, .sigusr2).cancelOnGracefulShutdown()
        {
            switch signal {
            case .sigusr1:
                rotate()
            case .sigusr2:
                toggleReadOnly()
            default:
                await reload()
            }
        }
    }
}
