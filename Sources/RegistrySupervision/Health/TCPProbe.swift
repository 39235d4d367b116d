//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryCalls

/// Fails while another server takes no connections.
package struct TCPProbe: Sendable {
    private let host: String
    private let port: Int
    private let timeout: Duration

    /// - Parameter timeout: for the connection; a name that leads to several addresses tries them within it.
    package init(host: String, port: Int, timeout: Duration) {
        self.host = host
        self.port = port
        self.timeout = timeout
    }

    /// Asks once.
    /// - Returns: what is wrong; nil if nothing is.
    package func check() async -> String? {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(TimeAmount(timeout))
                .connect(host: host, port: port)
                .get()
            // Whether it closes in order says nothing of the other side.
            try? await channel.close().get()
            return nil
        } catch {
            return CallFailure.words(for: error)
        }
    }
}
