//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension RegistryConfiguration {
    /// Reads the merged tree.
    ///
    /// What is wrong goes into the record; a wrong value reads as its default.
    static func read(_ root: ConfigurationNode?, record: ReadingRecord) -> RegistryConfiguration {
        let document = SectionReader(document: root, record: record)
        readVersion(from: document)
        let log = document.section("log") { section in
            LogSettings(reading: section, deprecatedLevel: document)
        }
        let configuration = RegistryConfiguration(
            log: log,
            storage: document.section("storage", StorageSettings.init(reading:)),
            auth: document.section("auth", AuthSettings.init(reading:)),
            http: document.section("http", HTTPSettings.init(reading:)),
            health: document.section("health", HealthSettings.init(reading:)),
            catalog: document.section("catalog", CatalogSettings.init(reading:)),
            tags: document.section("tags", TagSettings.init(reading:)),
            tracing: document.section("tracing", TracingSettings.init(reading:)),
            limits: document.section("limits", LimitsSettings.init(reading:)),
            validation: document.section("validation", ValidationSettings.init(reading:)),
            policy: document.section("policy", ContentPolicySettings.init(reading:)),
            ledger: document.section("ledger", LedgerSettings.init(reading:)),
            reports: document.section("reports", ReportsSettings.init(reading:)),
            notifications: document.section("notifications", NotificationSettings.init(reading:)),
            middleware: document.section("middleware", Middleware.read),
        )
        document.refuse("proxy", "redis", "reporting", "compatibility")
        document.reportUnreadEntries()
        return configuration
    }

    private static func readVersion(from document: SectionReader) {
        let missing = "is required; write version: 0.1"
        document.required("version", default: (), message: missing) { scalar throws(InvalidValue) in
            guard scalar.text == "0.1" else {
                throw InvalidValue("unsupported version \(scalar.text.quoted); the only one is 0.1")
            }
        }
    }
}
