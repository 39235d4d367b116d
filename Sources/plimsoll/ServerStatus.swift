//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP

/// How the server is, in one line for people.
struct ServerStatus {
    let drain: Drain
    let health: HealthMonitor
    let readOnly: ReadOnlyMode

    var text: String {
        if drain.isDraining { return "draining, requests under way: \(drain.requests)" }
        return health.failure?.description ?? (readOnly.isOn ? "serving, read-only" : "serving")
    }
}
