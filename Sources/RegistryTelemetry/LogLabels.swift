//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where log entries go, as metric label `sink`.
package enum LogSinkName: String, Sendable, CaseIterable {
    case stdout, journald, file
}

/// Why log entries are missing in a sink, as metric label and log field `reason`.
package enum LogDropReason: String, Sendable, CaseIterable {
    /// More happened than could be turned into text; this is in front of all sinks.
    case pipelineFull = "pipeline_full"
    /// The sink is slower than the requests, or takes nothing without saying so.
    case queueFull = "queue_full"
    /// Writing failed: for so long that there was no room left, or until the server ended.
    case writeFailed = "write_failed"
    /// Audit entries that the sink did not take in time; they stand in the spill file.
    case spilled
    /// Audit entries that the sink did not take in time and the spill file could not take either.
    case auditLost = "audit_lost"
}
