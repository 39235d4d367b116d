//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// The ports that a process listens on, from the kernel's table.
package enum ListeningPorts {
    /// In order.
    package static func of(_ pid: CInt) throws -> [Int] {
        let folder = "/proc/\(pid)/fd"
        let sockets = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { name in
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")
        }
        var ports: Set<Int> = []
        for table in ["tcp", "tcp6"] {
            let text = try String(contentsOfFile: "/proc/\(pid)/net/\(table)", encoding: .utf8)
            for line in text.split(separator: "\n").dropFirst() {
                // Columns: number, local address, remote address, state (0A is listening), …, inode as the tenth.
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") else { continue }
                if let hex = fields[1].split(separator: ":").last, let port = Int(hex, radix: 16) { ports.insert(port) }
            }
        }
        return ports.sorted()
    }
}
