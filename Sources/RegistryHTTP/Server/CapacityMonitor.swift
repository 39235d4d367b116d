//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import ServiceLifecycle

/// Asks the storage for its room at intervals, so that a scrape never waits for a disk.
package struct CapacityMonitor: Service {
    private let reading: CapacityReading
    private let interval: Duration

    package init(_ reading: CapacityReading, interval: Duration = .seconds(5)) {
        self.reading = reading
        self.interval = interval
    }

    /// Asks until the server goes down.
    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await reading.refresh()
                try? await Task.sleep(for: interval)
            }
        }
    }
}
