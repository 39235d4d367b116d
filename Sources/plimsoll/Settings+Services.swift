//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOPosix
import RegistryConfiguration
import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryModel
import RegistryObservability
import RegistryStorage
import RegistrySupervision
import RegistryTelemetry

// The configuration's words in the words of the services.

extension StorageDriverSettings {
    /// As in metrics.
    var name: String {
        switch self {
        case .filesystem: "filesystem"
        case .s3: "s3aws"
        case .azure: "azure"
        case .gcs: "gcs"
        case .swift: "swift"
        case .oss: "oss"
        case .inMemory: "inmemory"
        }
    }

    /// Threads for blocking calls: more than there are cores, since most of them wait for a disk.
    var poolSize: Int {
        switch self {
        case .filesystem(let settings): min(settings.maxThreads, max(8, 4 * System.coreCount))
        // They hash, and read small files.
        case .s3, .azure, .gcs, .swift, .oss: max(4, 2 * System.coreCount)
        case .inMemory: 1
        }
    }

    /// The folder on this machine that content is in; nil where it is in none.
    var folder: String? {
        guard case .filesystem(let settings) = self else { return nil }
        return settings.rootDirectory
    }
}

extension DescriptorCache {
    /// Manifests to keep in memory; 0 for no bound.
    ///
    /// Distribution's default where none is configured.
    var entries: Int {
        switch self {
        case .none: 10_000
        case .inMemory(let size): size
        }
    }
}

extension SpaceGuard.Reserve {
    init(_ reserve: SpaceReserve) {
        self =
            switch reserve {
            case .none: .bytes(0)
            case .bytes(let bytes): .bytes(bytes)
            case .percent(let percent): .percent(percent)
            }
    }
}

extension RoomWatch.Bounds {
    init(_ storage: StorageSettings) {
        self.init(low: .init(storage.low), reserve: .init(storage.reserve))
    }
}

extension HealthMonitor.Settings {
    init(_ health: StorageHealth) {
        self.init(isEnabled: health.enabled, interval: health.interval, threshold: health.threshold)
    }
}

extension HealthSettings {
    /// What is asked beside the storage.
    /// - Parameter pool: for calls that block.
    func checks(_ pool: IOPool) -> [HealthCheck] {
        files.map { check in
            let probe = FileProbe(check.path, pool: pool)
            return HealthCheck(check.path, interval: check.interval) { await probe.check() }
        }
            + http.map { check in
                let probe = HTTPProbe(
                    url: check.url,
                    headers: check.headers.map { ($0.name, $0.value.exposed) },
                    status: check.status,
                    timeout: check.timeout
                )
                return HealthCheck(probe.name, interval: check.interval, threshold: check.threshold) {
                    await probe.check()
                }
            }
            + tcp.map { check in
                let address = check.address
                let probe = TCPProbe(host: address.host, port: address.port, timeout: check.timeout)
                return HealthCheck("\(address)", interval: check.interval, threshold: check.threshold) {
                    await probe.check()
                }
            }
    }
}

extension UploadPurger.Settings {
    /// Nil where nothing is to be removed.
    init?(_ storage: StorageSettings) {
        let purging = storage.uploadPurging
        guard purging.enabled else { return nil }
        self.init(age: purging.age, interval: purging.interval, isDryRun: purging.dryRun)
    }
}

extension RetentionService.Settings {
    init(_ storage: StorageSettings) {
        let retention = storage.retention
        self.init(
            policy: TagPolicy(retention, file: "configuration"),
            interval: retention.enabled ? retention.interval : nil,
            isDryRun: retention.dryRun
        )
    }
}

extension TagPolicy {
    /// - Parameter file: where the rules stand, for people.
    init(_ settings: RetentionSettings, file: String) {
        self.init(
            rules: settings.rules.map { rule in
                Rule(
                    place: rule.origin.place(in: file),
                    repositories: rule.repositories.map { Glob($0) },
                    tags: rule.tags.map { Glob($0) },
                    keep: Keep(
                        latest: rule.keepLatest,
                        pushedWithin: rule.keepPushedWithin,
                        pulledWithin: rule.keepPulledWithin,
                        tags: rule.keepTags.map { Glob($0) }
                    )
                )
            }
        )
    }
}

extension SQLiteLedger.Settings {
    /// Nil where there is none: it is switched off, content is in memory, or it is in an object store and nobody has said
    /// where on this machine a ledger could be.
    init?(_ configuration: RegistryConfiguration) {
        let storage = configuration.storage.driver
        guard configuration.ledger.enabled, storage != .inMemory,
            let path = configuration.ledger.path ?? storage.folder.map({ $0 + "/.plimsoll/ledger.db" })
        else { return nil }
        self.init(path: path)
        servesListings = configuration.ledger.listings
        usageAge = configuration.ledger.usageAge > .zero ? configuration.ledger.usageAge : nil
    }

    /// The folder that its file is in.
    var folder: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension ManifestRules {
    init(_ configuration: RegistryConfiguration) {
        self.init()
        classes = configuration.policy.repositoryClasses.map { classes in
            Set(classes.map { $0 == .plugin ? .plugin : .image })
        }
        let validation = configuration.validation
        guard !validation.disabled else {
            platforms = .none
            // What is no address of the web is refused by distribution all the same.
            addresses = AddressRules(allow: [], deny: [])
            return
        }
        // Where nobody says which, none may be, as in distribution.
        addresses = validation.urls.map { AddressRules(allow: $0.allow, deny: $0.deny) } ?? .nowhere
        platforms =
            switch validation.platforms {
            case .all: .all
            case .none: .none
            case .only(let list): .only(list.map { .init(os: $0.os, architecture: $0.architecture) })
            }
    }
}

extension RequestLimits {
    init(_ limits: LimitsSettings) {
        self.init()
        inFlight = limits.maxInFlight
        connections = limits.maxConnections
        clientConnections = limits.maxClientConnections
        headBytes = limits.maxHeaderSize
        clientRate = limits.clientRate.map { .init(perSecond: $0.perSecond, burst: $0.burst) }
        userRate = limits.userRate.map { .init(perSecond: $0.perSecond, burst: $0.burst) }
        tracked = limits.tracked
        blobBytes = limits.maxBlobSize
        manifestBytes = Int(limits.maxManifestSize)
        bodyPace = limits.minBodyRate.map { .init(bytesPerSecond: $0, window: limits.rateGrace) }
        sendPace = limits.minSendRate.map { .init(bytesPerSecond: $0, window: limits.rateGrace) }
    }
}

extension Severity {
    init(_ level: LogLevel) {
        self =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warn: .warn
            case .error: .error
            }
    }
}

extension Listener.Address {
    static func tcp(_ address: ListenAddress) -> Listener.Address {
        .tcp(host: address.host.isEmpty ? anyHost : address.host, port: address.port)
    }

    /// All addresses of both families where the machine has IPv6, as Go programs listen.
    private static let anyHost: String = {
        let descriptor = socket(AF_INET6, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return "0.0.0.0" }
        defer { close(descriptor) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
        return result == 0 ? "::" : "0.0.0.0"
    }()
}

extension SocketAddress {
    /// As a client would write it.
    var text: String {
        switch self {
        case .v4, .v6:
            let host = ipAddress ?? ""
            return (host.contains(":") ? "[\(host)]" : host) + ":\(port ?? 0)"
        case .unixDomainSocket:
            return pathname ?? ""
        }
    }
}

extension RegistryOptions {
    /// - Parameter fallbackSecret: for a configuration without one. The addresses of uploads are good for this run only
    ///   then, as far as other servers check them.
    init(_ configuration: RegistryConfiguration, fallbackSecret: String) {
        self.init()
        let http = configuration.http
        address.fixed = http.host.map { "\($0.scheme)://\($0.authority)\($0.path)" }
        address.prefix = http.prefix
        address.isRelative = http.relativeURLs
        continuesTraces = configuration.tracing.continuesTraces
        sampler = configuration.tracing.isActive ? TraceSampler(configuration.tracing) : nil
        secret = http.secret?.exposed ?? fallbackSecret
        headers = http.headers.flatMap { header in header.values.map { (header.name, $0) } }
        allowsDelete = configuration.storage.deleteEnabled
        maximumCatalogEntries = configuration.catalog.maxEntries
        maximumTags = configuration.tags.maxTags
        takesPlainHTTP2 = http.h2cEnabled
        timeouts.header = TimeAmount(http.timeouts.header)
        timeouts.idle = TimeAmount(http.timeouts.idle)
        timeouts.body = TimeAmount(http.timeouts.body)
        timeouts.write = TimeAmount(http.timeouts.write)
    }
}
