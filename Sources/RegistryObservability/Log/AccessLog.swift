//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The log as one view of what happens: an entry a request, and an entry an event.
package struct AccessLog: Observer {
    private let pipeline: LogPipeline

    /// Makes a view that logs to `pipeline` whatever one of its sinks takes.
    package init(_ pipeline: LogPipeline) { self.pipeline = pipeline }

    package func conclude(_ record: RequestRecord) {
        if pipeline.wants(LogKinds(record), record.severity) { pipeline.push(.request(.init(record))) }
    }

    package func note(_ event: ServerEvent) {
        if pipeline.wants(LogKinds(event), event.severity) { pipeline.push(.event(event)) }
    }
}
