//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One view of what happens: the access log, the metrics, and whatever comes later.
///
/// Observing never holds up serving: none of these may block, wait or throw.
package protocol Observer: Sendable {
    /// A request has found its route. `conclude` for it will follow.
    func begin(_ route: RouteName)
    /// A request is over.
    func conclude(_ record: RequestRecord)
    /// Something happened beside the requests.
    func note(_ event: ServerEvent)
}

extension Observer {
    package func begin(_ route: RouteName) {}
    package func note(_ event: ServerEvent) {}
}

/// All the views; the one place where a request's record goes when it is over.
package struct Observers: Observer {
    private let observers: [any Observer]

    package init(_ observers: [any Observer]) { self.observers = observers }

    package func begin(_ route: RouteName) {
        for observer in observers { observer.begin(route) }
    }

    package func conclude(_ record: RequestRecord) {
        for observer in observers { observer.conclude(record) }
    }

    package func note(_ event: ServerEvent) {
        for observer in observers { observer.note(event) }
    }
}
