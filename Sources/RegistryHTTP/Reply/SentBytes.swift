//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import Synchronization

/// Bytes that a client has taken.
final class SentBytes: Sendable {
    private let atomic = Atomic<Int64>(0)
    /// Those of all clients, which grows with them: a download may take hours.
    private let total: Counter

    /// A piece that goes through the channel is counted in parts of so many bytes.
    static let sliceBytes = 64 << 10

    init(_ total: Counter) { self.total = total }

    func add(_ count: Int) {
        atomic.wrappingAdd(Int64(count), ordering: .relaxed)
        total.add(Int64(count))
    }

    var count: Int64 { atomic.load(ordering: .relaxed) }

    /// Counts bytes when they are taken.
    /// - Returns: what is kept then.
    func promise(_ count: Int, on loop: any EventLoop) -> EventLoopPromise<Void> {
        let taken = loop.makePromise(of: Void.self)
        taken.futureResult.whenSuccess { self.add(count) }
        return taken
    }
}
