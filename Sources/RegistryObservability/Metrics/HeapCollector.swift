//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryTelemetry

/// What the allocator holds, which tells memory that is in use from memory that was and has not been given back.
///
/// Only of the C library's own allocator; with another in its place the family is left out.
struct HeapCollector: Collector {
    static let description = MetricDescription(
        "registry_heap_bytes",
        .gauge,
        "Memory that the allocator has from the system, by whether the program uses it.",
        labels: [.init("state", .closed(["used", "unused"]))],
        isDiagnostic: true
    )

    func collect(into writer: inout ExpositionWriter) {
        var used: UInt64 = 0
        var unused: UInt64 = 0
        plimsoll_heap(&used, &unused)
        guard used > 0 else { return }
        writer.family(Self.description)
        writer.sample(labels: "state=\"used\"", Int64(used))
        writer.sample(labels: "state=\"unused\"", Int64(unused))
    }
}
