//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryLedger
import RegistryReports
import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle

extension Composition {
    /// What makes the exports that are scheduled, now or after a reload; nil without a ledger.
    func exports(
        _ ledger: SQLiteLedger?,
        _ reporter: Reporter?,
        _ parts: LiveParts,
        _ context: StoreContext,
        _ pool: IOPool
    ) -> (any Service)? {
        guard let ledger, let reporter, let settings = SQLiteLedger.Settings(configuration) else { return nil }
        // Where the storage has no folder, beside the ledger.
        let folder = configuration.storage.driver.folder.map { $0 + "/.plimsoll" } ?? settings.folder
        let exporter = Exporter(reporter, scratch: folder + "/exports") { name in
            ExportRepository(name, context, parts.registry.services.manifests, pool)
        }
        return FollowingService(parts.exports) { [instruments, observers] schedules in
            instruments.exports.follow(schedules.map(\.name))
            guard !schedules.isEmpty else { return nil }
            return ExportService(
                schedules,
                exporter,
                ledger,
                instruments: instruments.exports,
                observer: observers,
                changes: .init(
                    begin: { parts.readOnly.beginChange() },
                    end: { parts.readOnly.endChange() }
                )
            )
        }
    }
}
