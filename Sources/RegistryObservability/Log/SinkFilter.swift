//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Which entries a sink takes.
package struct SinkFilter: Sendable, Equatable {
    /// What an entry must be, at least one of them.
    package var kinds: LogKinds
    /// Events below are left out.
    package var eventLevel: Severity
    /// Requests below are left out, unless the sink takes audit entries and it is one.
    package var accessLevel: Severity

    package init(kinds: LogKinds = .all, eventLevel: Severity = .info, accessLevel: Severity = .debug) {
        self.kinds = kinds
        self.eventLevel = eventLevel
        self.accessLevel = accessLevel
    }

    func accepts(_ entry: LogKinds, _ severity: Severity) -> Bool {
        let common = kinds.intersection(entry)
        if common.contains(.audit) { return true }
        if common.contains(.access) { return severity >= accessLevel }
        return common.contains(.event) && severity >= eventLevel
    }
}
