//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What sinks choose by.
///
/// What an auditor cares for is of two kinds.
package struct LogKinds: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A request that is over.
    package static let access = LogKinds(rawValue: 1)
    /// Something beside the requests.
    package static let event = LogKinds(rawValue: 2)
    /// A denial, a write or a deletion; a change of how the server behaves.
    package static let audit = LogKinds(rawValue: 4)

    package static let all: LogKinds = [.access, .event, .audit]

    init(_ record: borrowing RequestRecord) { self = record.auditAction == nil ? .access : [.access, .audit] }

    init(_ event: ServerEvent) { self = event.name.isAudited ? [.event, .audit] : .event }
}
