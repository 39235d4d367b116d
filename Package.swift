// swift-tools-version:6.2
//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import PackageDescription

// What each product is for stands in docs/architecture.md.
let dequeModule: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heapModule: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioHTTPTypesHTTP2: Target.Dependency = .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")

let package = Package(
    name: "plimsoll",
    products: [
        // For libFuzzer, which brings a `main` of its own; see scripts/fuzz.
        .library(name: "FuzzTargets", type: .static, targets: ["FuzzTargets"])
    ],
    dependencies: [
        // Serving.
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.45.0"),
        // Without its default traits Hummingbird brings neither Foundation nor swift-configuration.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        // Observing.
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.0"),
        // Calling others: collectors of traces, servers whose health counts.
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        // Collections that the standard library lacks.
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        // Configuration and command line.
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // Arrows point down: a target sees only what stands below it here.
        .executableTarget(
            name: "plimsoll",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                coreMetrics, logging, nioCore, nioPosix, nioSSL, serviceLifecycle, unixSignals,
                "RegistryACME", "RegistryAuth", "RegistryConfiguration", "RegistryEvents", "RegistryHTTP",
                "RegistryLedger", "RegistryMaintenance", "RegistryModel", "RegistryObjectStorage",
                "RegistryObservability",
                "RegistryReports", "RegistryStorage", "RegistrySupervision", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryEvents",
            dependencies: [
                dequeModule, nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
                "CPlimsoll", "RegistryCalls", "RegistryLedger", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryReports",
            dependencies: [
                nioCore, serviceLifecycle,
                "CPlimsoll", "CZlib", "RegistryLedger", "RegistryMaintenance", "RegistryModel", "RegistryStorage",
                "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistrySupervision",
            dependencies: [
                asyncHTTPClient, nioCore, nioHTTP1, nioPosix, serviceLifecycle, unixSignals,
                "RegistryCalls", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryACME",
            dependencies: [
                asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
                "CPlimsoll", "RegistryCalls", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryHTTP",
            dependencies: [
                dequeModule, httpTypes, hummingbirdCore, logging, nioCore, nioHTTP1, nioHTTP2, nioHTTPTypes,
                nioHTTPTypesHTTP1, nioHTTPTypesHTTP2, nioPosix, nioSSL, nioTLS, serviceLifecycle,
                "CPlimsoll", "RegistryAuth", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryAuth",
            dependencies: [nioPosix, serviceLifecycle, "CPlimsoll", "RegistryModel", "RegistryTelemetry"]
        ),
        .target(
            name: "RegistryObservability",
            dependencies: [
                asyncHTTPClient, coreMetrics, heapModule, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
                serviceLifecycle, tracing,
                "CPlimsoll", "CZlib", "RegistryCalls", "RegistryModel", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryStorage",
            dependencies: [dequeModule, nioCore, nioPosix, "CPlimsoll", "RegistryModel", "RegistryTelemetry"]
        ),
        .target(
            name: "RegistryObjectStorage",
            dependencies: [
                asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL,
                "COpenSSL", "CPlimsoll", "RegistryCalls", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryLedger",
            dependencies: [
                nioCore, nioPosix, serviceLifecycle, "CSQLite", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(
            name: "RegistryMaintenance",
            dependencies: [
                nioCore, serviceLifecycle, "RegistryLedger", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
            ]
        ),
        .target(name: "RegistryTelemetry", dependencies: ["RegistryModel"]),
        .target(
            name: "RegistryConfiguration",
            dependencies: [.product(name: "Yams", package: "Yams"), "RegistryModel"]
        ),
        .target(name: "RegistryModel"),
        .target(name: "RegistryCalls", dependencies: [asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL]),
        .target(name: "CPlimsoll", dependencies: ["COpenSSL"], linkerSettings: [.linkedLibrary("crypt")]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Tests. The kit is what they share.
        .target(
            name: "RegistryTestKit",
            dependencies: [
                logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle,
                "RegistryAuth", "RegistryHTTP", "RegistryLedger", "RegistryModel", "RegistryObjectStorage",
                "RegistryStorage",
                "RegistryTelemetry",
            ],
            path: "Tests/RegistryTestKit"
        ),
        .testTarget(name: "RegistryModelTests", dependencies: ["RegistryModel"]),
        .testTarget(name: "RegistryTelemetryTests", dependencies: ["RegistryModel", "RegistryTelemetry"]),
        .testTarget(
            name: "RegistryStorageTests",
            dependencies: [
                nioCore, nioPosix,
                "CPlimsoll", "RegistryModel", "RegistryStorage", "RegistryTelemetry", "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryObjectStorageTests",
            dependencies: [
                nioCore, nioHTTP1, nioPosix, "CPlimsoll", "RegistryModel", "RegistryObjectStorage", "RegistryStorage",
                "RegistryTelemetry", "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryLedgerTests",
            dependencies: [
                nioCore, "RegistryLedger", "RegistryModel", "RegistryReports", "RegistryStorage", "RegistryTelemetry",
                "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryReportsTests",
            dependencies: [
                nioCore, "RegistryLedger", "RegistryModel", "RegistryReports", "RegistryStorage", "RegistryTelemetry",
                "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryMaintenanceTests",
            dependencies: [
                nioCore, "RegistryLedger", "RegistryMaintenance", "RegistryModel", "RegistryReports", "RegistryStorage",
                "RegistryTelemetry", "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryHTTPTests",
            dependencies: [
                httpTypes, hummingbirdCore, nioCore, nioEmbedded, nioHTTPTypes,
                "RegistryHTTP", "RegistryModel", "RegistryTelemetry", "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistrySupervisionTests",
            dependencies: [
                nioCore, nioPosix, serviceLifecycle, "RegistryStorage", "RegistrySupervision", "RegistryTelemetry",
                "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryEventsTests",
            dependencies: [
                nioCore, nioHTTP1, nioPosix, nioSSL, serviceLifecycle,
                "CPlimsoll", "RegistryEvents", "RegistryLedger", "RegistryModel", "RegistryStorage",
                "RegistryTelemetry", "RegistryTestKit",
            ]
        ),
        .testTarget(
            name: "RegistryACMETests",
            dependencies: ["CPlimsoll", "RegistryACME", "RegistryModel", "RegistryTelemetry", "RegistryTestKit"]
        ),
        .testTarget(
            name: "RegistryAuthTests",
            dependencies: ["CPlimsoll", "RegistryAuth", "RegistryModel", "RegistryTelemetry", "RegistryTestKit"]
        ),
        .testTarget(
            name: "RegistryConfigurationTests",
            dependencies: ["RegistryConfiguration", "RegistryModel"],
            exclude: ["Corpus"]
        ),
        .testTarget(
            name: "RegistryObservabilityTests",
            dependencies: [
                coreMetrics, logging, nioCore, nioPosix, serviceLifecycle, tracing,
                "CZlib", "RegistryModel", "RegistryObservability", "RegistryTelemetry", "RegistryTestKit",
            ],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "LiveTests",
            dependencies: [
                logging, nioCore, nioPosix, serviceLifecycle,
                "RegistryAuth", "RegistryHTTP", "RegistryModel", "RegistryStorage", "RegistryTelemetry",
                "RegistryTestKit",
            ]
        ),
        // Parsers of what is not trusted: as tests, and for libFuzzer (`make fuzz`).
        .target(
            name: "FuzzTargets",
            dependencies: [
                httpTypes, nioCore, "CPlimsoll", "RegistryAuth", "RegistryConfiguration", "RegistryHTTP",
                "RegistryModel",
                "RegistryObjectStorage", "RegistryObservability", "RegistryTelemetry",
            ],
            path: "Tests/Fuzz/Targets"
        ),
        .testTarget(name: "FuzzTests", dependencies: ["FuzzTargets"]),
        .testTarget(
            name: "ContractTests",
            dependencies: [
                httpTypes, nioCore, "RegistryConfiguration", "RegistryHTTP", "RegistryModel", "RegistryObservability",
                "RegistryStorage", "RegistryTelemetry", "RegistryTestKit",
            ],
            exclude: ["Golden"]
        ),
        // A writer of log files that tests kill at any moment.
        .executableTarget(
            name: "LogFileProbe",
            dependencies: ["RegistryObservability", "RegistryTelemetry"],
            path: "Tests/LogFileProbe"
        ),
        .executableTarget(
            name: "CallCost",
            dependencies: [
                "RegistryAuth", "RegistryConfiguration", "RegistryModel", "RegistryObservability", "RegistryTelemetry",
            ],
            path: "Tests/Benchmarks/CallCost"
        ),
        .testTarget(
            name: "PeerTests",
            dependencies: [
                nioCore, nioPosix, "LogFileProbe", "RegistryModel", "RegistryObjectStorage", "RegistryStorage",
                "RegistryTelemetry", "RegistryTestKit",
            ],
            exclude: [
                "Clients/Tokens/token_server.py", "Faults/spill.py", "ObjectStorage/azure_server.py",
                "ObjectStorage/faults.py", "ObjectStorage/keystone_server.py", "ObjectStorage/oss.py",
                "ObjectStorage/swift_server.py", "Observing/Collector/collector.py", "Operating/restarts.py",
                "Reports/browser.py", "Reports/export.py",
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type == .regular || target.type == .executable || target.type == .test {
    guard !target.name.hasPrefix("C") || target.type == .test else { continue }
    var settings = target.swiftSettings ?? []
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    settings.append(.enableUpcomingFeature("ExistentialAny"))
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    settings.append(.enableUpcomingFeature("MemberImportVisibility"))
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    settings.append(.enableUpcomingFeature("InternalImportsByDefault"))
    target.swiftSettings = settings
}
