//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What this program is, as metric `registry_build_info` of value 1.
package struct BuildInfo: Collector {
    private let labels: String

    /// Describes a build.
    /// - Parameters:
    ///   - version: of the registry.
    ///   - revision: of its source.
    ///   - swiftVersion: of the compiler.
    ///   - os: what it was built for.
    ///   - arch: what it was built for.
    package init(
        version: String,
        revision: String,
        swiftVersion: String,
        os: String = BuildInfo.os,
        arch: String = BuildInfo.arch
    ) {
        self.labels = [
            ExpositionWriter.label("version", version),
            ExpositionWriter.label("revision", revision),
            ExpositionWriter.label("swift_version", swiftVersion),
            ExpositionWriter.label("os", os),
            ExpositionWriter.label("arch", arch),
        ].joined(separator: ",")
    }

    static let description = MetricDescription(
        "registry_build_info",
        .info,
        "What this program is; the value is always 1.",
        labels: [
            .init("version", .open("the version of Plimsoll")),
            .init("revision", .open("the commit it was built from")),
            .init("swift_version", .open("the compiler's version")),
            .init("os", .closed(["linux", "unknown"])),
            .init("arch", .closed(["amd64", "arm64", "unknown"])),
        ]
    )

    package func collect(into writer: inout ExpositionWriter) {
        writer.family(Self.description)
        writer.sample(labels: labels, 1 as Int64)
    }

    /// The operating system of this build, in Go's words, which is what others' build infos have.
    package static let os: String = {
        #if os(Linux)
            "linux"
        #else
            "unknown"
        #endif
    }()

    /// The processor of this build, in Go's words.
    package static let arch: String = {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }()
}
