//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    /// What a running server takes in when it reads its configuration again: keys, with all that is inside of them.
    ///
    /// All else needs a restart. Whoever makes the server take in one more adds it here.
    private static let reloaded = [
        "log.level", "log.accesslog.disabled", "log.slow",
        "log.sinks.stdout.level", "log.sinks.stdout.kinds",
        "log.sinks.journald.level", "log.sinks.journald.kinds",
        "log.sinks.file.level", "log.sinks.file.kinds", "log.sinks.file.maxsize", "log.sinks.file.maxage",
        "log.sinks.file.rotateat", "log.sinks.file.maxfiles", "log.sinks.file.maxtotal", "log.sinks.file.minfree",
        "log.sinks.file.retention", "log.sinks.file.compression",
        "storage.delete", "storage.maintenance", "storage.reserve", "storage.low",
        "auth",
        "http.host", "http.prefix", "http.secret", "http.relativeurls", "http.draintimeout", "http.headers",
        "http.timeouts", "http.http2",
        "http.tls.certificate", "http.tls.key", "http.tls.clientcas", "http.tls.clientauth", "http.tls.minimumtls",
        "http.tls.ciphersuites", "http.tls.letsencrypt",
        "health", "catalog", "tags",
        "limits.maxinflight", "limits.maxconnections", "limits.maxclientconnections", "limits.clientrate",
        "limits.clientburst", "limits.userrate", "limits.userburst", "limits.tracked", "limits.maxblobsize",
        "limits.maxmanifestsize", "limits.minbodyrate", "limits.minsendrate", "limits.rategrace",
        "validation", "policy.repository",
        "tracing", "reports.schedule", "notifications.events", "notifications.endpoints",
    ]

    /// Marks the keys that a running server takes in.
    static func marked(_ keys: [ConfigurationKey]) -> [ConfigurationKey] {
        keys.map { key in
            let isReloaded = reloaded.contains { name in
                key.path == name || key.path.hasPrefix("\(name).") || key.path.hasPrefix("\(name)[")
            }
            return isReloaded ? key.reloadable() : key
        }
    }
}
