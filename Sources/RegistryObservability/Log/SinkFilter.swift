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
    /// The sink's form has a place for requests alone, whatever the kinds are.
    var takesRequestsAlone = false

    package init(kinds: LogKinds = .all, eventLevel: Severity = .info, accessLevel: Severity = .debug) {
        self.kinds = kinds
        self.eventLevel = eventLevel
        self.accessLevel = accessLevel
    }

    /// What is taken by one of several at least.
    init(anyOf filters: some Sequence<SinkFilter>) {
        self.init(kinds: [], eventLevel: .error, accessLevel: .error)
        for var filter in filters {
            if filter.takesRequestsAlone { filter.kinds.remove(.event) }
            kinds.formUnion(filter.kinds)
            if filter.kinds.contains(.event) { eventLevel = min(eventLevel, filter.eventLevel) }
            if filter.kinds.contains(.access) { accessLevel = min(accessLevel, filter.accessLevel) }
        }
    }

    // In one word, so that it can be replaced while others read it.

    var packed: UInt32 {
        UInt32(kinds.rawValue) | eventLevel.packed << 8 | accessLevel.packed << 16 | (takesRequestsAlone ? 1 << 24 : 0)
    }

    init(packed: UInt32) {
        self.kinds = LogKinds(rawValue: UInt8(packed & 0xff))
        self.eventLevel = Severity(packed: packed >> 8 & 0xff)
        self.accessLevel = Severity(packed: packed >> 16 & 0xff)
        self.takesRequestsAlone = packed >> 24 & 1 == 1
    }

    /// Whether an entry must not be dropped for want of room.
    func mustKeep(_ entry: LogKinds) -> Bool { kinds.contains(.audit) && entry.contains(.audit) }

    func accepts(_ entry: LogKinds, _ severity: Severity) -> Bool {
        guard !takesRequestsAlone || entry.contains(.access) else { return false }
        let common = kinds.intersection(entry)
        if common.contains(.audit) { return true }
        if common.contains(.access) { return severity >= accessLevel }
        return common.contains(.event) && severity >= eventLevel
    }
}

extension Severity {
    fileprivate var packed: UInt32 {
        switch self {
        case .debug: 0
        case .info: 1
        case .warn: 2
        case .error: 3
        }
    }

    fileprivate init(packed: UInt32) {
        self =
            switch packed {
            case 0: .debug
            case 1: .info
            case 2: .warn
            default: .error
            }
    }
}
