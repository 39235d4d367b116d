//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization

@testable import RegistryObservability

/// A clock that goes when it is told to, on the wall and otherwise.
final class ManualClock: Sendable {
    private let moment: Mutex<Moment>

    init(_ wall: String = "2026-11-24T12:00:00.000000Z") {
        let wall = WallTime(rfc3339: wall.utf8) ?? WallTime(microseconds: 0)
        self.moment = Mutex(Moment(wall: wall, instant: .now))
    }

    var now: Moment { moment.withLock { $0 } }

    /// Time goes by.
    func advance(_ time: Duration) {
        moment.withLock {
            $0.instant += time
            $0.wall = $0.wall.advanced(by: time)
        }
    }

    /// Somebody sets the clock on the wall.
    func setWall(by time: Duration) { moment.withLock { $0.wall = $0.wall.advanced(by: time) } }
}

extension WallTime {
    func advanced(by time: Duration) -> WallTime {
        let (seconds, attoseconds) = time.components
        return WallTime(microseconds: microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }
}
