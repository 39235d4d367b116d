//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistrySupervision

/// Where the server listens: on the sockets that were handed to it, and where there are none, as the configuration says.
struct ListenAddresses {
    let registry: [Listener.Address]
    /// Empty without a side port.
    let side: [Listener.Address]

    init(_ http: HTTPSettings, environment: [String: String], process: Int32) throws(StartFailure) {
        let sockets: InheritedSockets
        do { sockets = try InheritedSockets(environment: environment, process: process) } catch {
            throw StartFailure(message: error.description)
        }
        guard sockets.metrics.isEmpty || http.debug != nil else {
            throw StartFailure(
                message: "socket activation: there is a socket named metrics, but http.debug.addr is not configured"
            )
        }
        let configured = http.unixSocketPath.map { Listener.Address.unix(path: $0) } ?? .tcp(http.address)
        registry = sockets.registry.isEmpty ? [configured] : sockets.registry.map { .inherited($0) }
        guard sockets.metrics.isEmpty else {
            side = sockets.metrics.map { .inherited($0) }
            return
        }
        side = http.debug.map { [.tcp($0.address)] } ?? []
    }
}
