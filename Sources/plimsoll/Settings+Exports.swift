//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryReports

extension ExportSchedule {
    /// What an entry of `reports.schedule` asks for.
    init(_ settings: ReportsSettings.Export) {
        let timing: Timing =
            switch settings.timing {
            case .every(let duration): .every(duration.components.seconds)
            case .at(let time): .at(time.components.seconds)
            }
        let target: Target =
            switch settings.target {
            case .directory(let path): .directory(path)
            case .repository(let name): .repository(name)
            }
        self.init(
            name: settings.name,
            timing: timing,
            formats: settings.formats.compactMap { ExportFormat(rawValue: $0.rawValue) },
            target: target,
            keep: settings.keep
        )
    }
}
