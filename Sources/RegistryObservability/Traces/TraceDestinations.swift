//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Where traces go at the moment.
package final class TraceDestinations: Sendable {
    /// Those that are to be run, one after the other; one consumer.
    let arrivals: AsyncStream<TracePipeline>
    private let arrival: AsyncStream<TracePipeline>.Continuation
    private let state: Mutex<[TracePipeline]>

    package init(_ pipelines: [TracePipeline] = []) {
        (arrivals, arrival) = AsyncStream.makeStream()
        state = Mutex(pipelines)
        for pipeline in pipelines { arrival.yield(pipeline) }
    }

    var pipelines: [TracePipeline] { state.withLock(\.self) }

    /// Has further traces go elsewhere; what the destinations before have is delivered still, if they take it.
    package func replace(_ pipelines: [TracePipeline]) {
        let old = state.withLock { state in
            defer { state = pipelines }
            return state
        }
        for pipeline in pipelines where !old.contains(where: { $0 === pipeline }) { arrival.yield(pipeline) }
        for pipeline in old where !pipelines.contains(where: { $0 === pipeline }) { pipeline.close() }
    }

    /// Nothing comes any more, and nobody.
    func close() {
        replace([])
        arrival.finish()
    }
}
