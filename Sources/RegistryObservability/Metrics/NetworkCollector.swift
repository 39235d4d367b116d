//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Bytes of IP traffic, as Go's Prometheus client has them: of the network namespace that the process is in, which is its
/// own in a container and the whole machine otherwise.
struct NetworkCollector: Collector {
    private static let received = MetricDescription(
        "process_network_receive_bytes_total",
        .counter,
        "Bytes that the network namespace of the process has received over IP.",
        origin: .prometheus,
        isDiagnostic: true
    )
    private static let sent = MetricDescription(
        "process_network_transmit_bytes_total",
        .counter,
        "Bytes that the network namespace of the process has sent over IP.",
        origin: .prometheus,
        isDiagnostic: true
    )

    static let descriptions = [received, sent]

    func collect(into writer: inout ExpositionWriter) {
        guard let traffic = ProcessStatus.readText("/proc/self/net/netstat", limit: 16_384).flatMap(Traffic.init)
        else { return }
        writer.family(Self.received)
        writer.sample(traffic.received)
        writer.family(Self.sent)
        writer.sample(traffic.sent)
    }

    /// The octets of `IpExt` in `netstat` of proc(5): a line of names, and one of numbers.
    struct Traffic: Equatable {
        let received: Int64
        let sent: Int64

        init?(netstat: String) {
            let lines = netstat.split(separator: "\n").filter { $0.hasPrefix("IpExt:") }.map {
                $0.split(separator: " ")
            }
            guard lines.count == 2 else { return nil }
            func number(_ name: String) -> Int64? {
                guard let position = lines[0].firstIndex(where: { $0 == name }), position < lines[1].count else {
                    return nil
                }
                return Int64(lines[1][position])
            }
            guard let received = number("InOctets"), let sent = number("OutOctets") else { return nil }
            self.received = received
            self.sent = sent
        }
    }
}
