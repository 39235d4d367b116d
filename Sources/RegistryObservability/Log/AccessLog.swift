//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The log as one view of what happens: a line a request, and a line an event.
package struct AccessLog: Observer {
    private let writer: LogWriter
    private let logsRequests: Bool
    private let minimumSeverity: Severity

    /// Makes a view that logs to `writer`.
    /// - Parameters:
    ///   - writer: where the lines go.
    ///   - logsRequests: false leaves requests out; events are logged all the same.
    ///   - minimumSeverity: events below are left out. Requests are all or none, so that their lines add up.
    package init(_ writer: LogWriter, logsRequests: Bool = true, minimumSeverity: Severity = .info) {
        self.writer = writer
        self.logsRequests = logsRequests
        self.minimumSeverity = minimumSeverity
    }

    package func conclude(_ record: RequestRecord) {
        if logsRequests { writer.push(.request(.init(record))) }
    }

    package func note(_ event: ServerEvent) {
        if event.severity >= minimumSeverity { writer.push(.event(event)) }
    }
}
