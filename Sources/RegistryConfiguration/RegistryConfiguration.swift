//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Everything the operator decides: `config.yml` version 0.1 with the environment laid over it, checked.
package struct RegistryConfiguration: Sendable, Equatable {
    /// The log and what goes into it.
    package var log: LogSettings
    /// Where content is kept, and what may be done to it.
    package var storage: StorageSettings
    /// Who may do what.
    package var auth: AuthSettings
    /// The listeners, and how clients see the registry.
    package var http: HTTPSettings
    /// The checks behind `/debug/health`.
    package var health: HealthSettings
    /// The list of repositories.
    package var catalog: CatalogSettings
    /// The lists of tags.
    package var tags: TagSettings
    /// The traces of requests.
    package var tracing: TracingSettings
    /// What clients may ask for.
    package var limits: LimitsSettings
    /// What manifests are checked for when they are pushed.
    package var validation: ValidationSettings
    /// What may be pushed.
    package var policy: ContentPolicySettings
    /// The derived index of what is stored.
    package var ledger: LedgerSettings
    package var reports: ReportsSettings
    package var notifications: NotificationSettings
    /// Where clients are sent for blobs, each around the one before.
    package var middleware: [StorageMiddleware]

    /// Creates a configuration from values, without a file.
    package init(
        log: LogSettings = LogSettings(),
        storage: StorageSettings,
        auth: AuthSettings = AuthSettings(),
        http: HTTPSettings,
        health: HealthSettings = HealthSettings(),
        catalog: CatalogSettings = CatalogSettings(),
        tags: TagSettings = TagSettings(),
        tracing: TracingSettings = TracingSettings(),
        limits: LimitsSettings = LimitsSettings(),
        validation: ValidationSettings = ValidationSettings(),
        policy: ContentPolicySettings = ContentPolicySettings(),
        ledger: LedgerSettings = LedgerSettings(),
        reports: ReportsSettings = ReportsSettings(),
        notifications: NotificationSettings = NotificationSettings(),
        middleware: [StorageMiddleware] = [],
    ) {
        self.log = log
        self.storage = storage
        self.auth = auth
        self.http = http
        self.health = health
        self.catalog = catalog
        self.tags = tags
        self.tracing = tracing
        self.limits = limits
        self.validation = validation
        self.policy = policy
        self.ledger = ledger
        self.reports = reports
        self.notifications = notifications
        self.middleware = middleware
    }

    /// Parses the text, lays the environment over it and checks every value.
    ///
    /// Variables that don't begin with `REGISTRY_` are ignored, but for those of OpenTelemetry. Text of up to 64 KiB is
    /// taken.
    ///
    /// - Parameter file: The file's name as it should stand in messages; nothing is read from it.
    /// - Throws: A failure with every problem there is. Text that isn't YAML has only the one that stopped the parser.
    package static func load(
        yaml: String,
        file: String,
        environment: [String: String],
    ) throws(ConfigurationFailure) -> RegistryConfiguration {
        try inspect(yaml: yaml, file: file, environment: environment).configuration
    }

    /// Does what `load` does, and tells of every value where it comes from.
    ///
    /// - Throws: As `load` does.
    package static func inspect(
        yaml: String,
        file: String,
        environment: [String: String],
    ) throws(ConfigurationFailure) -> (configuration: RegistryConfiguration, effective: EffectiveConfiguration) {
        let record = ReadingRecord()
        var root = try node(from: yaml, file: file)
        root.expandStorageDriver()
        root.expandAuthScheme()
        EnvironmentOverlay(environment: environment).apply(to: &root, record: record)
        var configuration = read(root, record: record)
        let tracing = configuration.tracing
        var variables = OpenTelemetryVariables(environment)
        variables.apply(to: &configuration.tracing)
        configuration.tracing.check(root, record)
        WrittenFiles(configuration).check(root, record)
        guard record.problems.isEmpty else {
            throw ConfigurationFailure(file: file, problems: record.problems)
        }
        var reader = EffectiveReader(root)
        var document = reader.document()
        document.overlay(tracing, configuration.tracing, environment)
        return (configuration, EffectiveConfiguration(file: file, root: document, paths: reader.paths))
    }

    static func node(from yaml: String, file: String) throws(ConfigurationFailure) -> ConfigurationNode {
        func failure(_ message: String, line: Int?) -> ConfigurationFailure {
            let origin = line.map { ConfigurationProblem.Origin.file(line: $0) } ?? .whole
            let problem = ConfigurationProblem(origin: origin, path: "", message: message)
            return ConfigurationFailure(file: file, problems: [problem])
        }
        let root: ConfigurationNode?
        do throws(YAMLFault) {
            root = try YAMLComposer.compose(yaml) { line in .file(line: line) }
        } catch {
            throw failure(error.message, line: error.line)
        }
        guard let root, root.value != .null else {
            throw failure("the file is empty; it needs at least version, storage and http.addr", line: nil)
        }
        guard root.entries != nil else {
            throw failure("must be a map of keys", line: 1)
        }
        return root
    }
}
