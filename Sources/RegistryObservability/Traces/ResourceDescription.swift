//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// What all spans are of: this server, on this machine, in this run.
package struct ResourceDescription: Sendable {
    let attributes: [SpanAttribute]
    /// The version of the server, as that of what makes the spans.
    let version: String

    /// The semantic conventions that names of attributes are taken from.
    static let schemaURL = "https://opentelemetry.io/schemas/1.34.0"
    /// What makes the spans.
    static let scopeName = "plimsoll"

    /// - Parameters:
    ///   - serviceName: `service.name`.
    ///   - version: of the server.
    ///   - instance: `service.instance.id`, which names this run.
    ///   - attributes: from the operator; they win.
    package init(serviceName: String, version: String, instance: String, attributes: [String: String] = [:]) {
        var all: [String: SpanAttribute.Value] = [
            "service.version": .text(version),
            "service.instance.id": .text(instance),
            "host.name": .text(Self.hostName),
            "process.pid": .number(Int64(getpid())),
            "telemetry.sdk.name": .text("plimsoll"),
            "telemetry.sdk.language": .text("swift"),
            "telemetry.sdk.version": .text(version),
        ]
        for (key, value) in attributes { all[key] = .text(value.cut()) }
        all["service.name"] = .text(serviceName.cut())
        self.attributes = all.sorted { $0.key < $1.key }.map { SpanAttribute($0.key, $0.value) }
        self.version = version
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
