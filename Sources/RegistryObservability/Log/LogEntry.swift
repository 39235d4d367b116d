//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// One line to be.
enum LogEntry: Sendable {
    case request(Request)
    case event(ServerEvent)

    /// A record on the heap: it is half a kibibyte, too much to be moved about by a queue.
    ///
    /// It has its recorder of spans still, which holds none any more when the request is over. To take that away as well would
    /// be a second copy of the record.
    final class Request: Sendable {
        let record: RequestRecord

        init(_ record: RequestRecord) { self.record = record }
    }

    var isEvent: Bool { if case .event = self { true } else { false } }

    var kinds: LogKinds {
        switch self {
        case .request(let request): LogKinds(request.record)
        case .event(let event): LogKinds(event)
        }
    }
}
