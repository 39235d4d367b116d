//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import ServiceLifecycle

/// What is told of each change of the storage, and keeps the events of these for others.
package protocol EventJournal: MutationJournal {
    var outbox: SQLiteOutbox { get }

    /// Keeps it going.
    var service: any Service { get }

    /// Before the first change.
    func start() async

    /// After the last one.
    func close() async
}

extension SQLiteLedger: EventJournal {
    package var service: any Service { LedgerService(self) }

    package func start() async { await open() }
}
