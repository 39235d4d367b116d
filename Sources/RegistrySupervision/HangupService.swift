//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ServiceLifecycle
import UnixSignals

/// Does what SIGHUP asks for: the log files are opened again, for those who keep logrotate.
package struct HangupService: Service {
    private let manager: ServiceManager
    private let action: @Sendable () async -> Void

    package init(_ manager: ServiceManager, action: @escaping @Sendable () async -> Void) {
        self.manager = manager
        self.action = action
    }

    package func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await manager.tell(.reloadingNow)
            await action()
            await manager.tell(.ready)
        }
    }
}
