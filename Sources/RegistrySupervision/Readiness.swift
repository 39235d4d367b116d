//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Collects the addresses that the server listens on, until it listens on all of them.
package struct Readiness: Sendable {
    private let addresses: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let count: Int

    /// - Parameter count: of the listeners.
    package init(count: Int) {
        self.count = count
        (addresses, continuation) = AsyncStream.makeStream()
    }

    /// A listener accepts connections.
    /// - Parameter address: as a client would write it.
    package func listens(on address: String) { continuation.yield(address) }

    /// Waits until all listeners accept connections, or the task is cancelled.
    /// - Returns: their addresses in the order in which they came up.
    func all() async -> [String] {
        var found: [String] = []
        for await address in addresses {
            found.append(address)
            if found.count == count { break }
        }
        return found
    }
}
