//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryHTTP
import RegistryTelemetry

/// The server's end of the control socket, open from before anything else begins.
struct ControlSocket {
    /// Nil for a server without one.
    let file: UnixSocketFile?
    /// Why there is none, though nobody said that there should not be.
    let trouble: (path: String, cause: String)?

    /// Only the owner of the file may connect, and root.
    private static let permissions: mode_t = 0o600

    /// - Throws: a failure for a path that is configured; one that is not is only told of.
    init(
        _ http: HTTPSettings,
        isConfigured: Bool,
        environment: [String: String]
    ) throws(StartFailure) {
        let path = isConfigured ? http.controlSocket : ControlPlace.forServer(environment)
        guard let path else {
            (file, trouble) = (nil, nil)
            return
        }
        do throws(UnixSocketFailure) {
            file = try UnixSocketFile(listeningAt: path, permissions: Self.permissions)
            trouble = nil
        } catch {
            guard !isConfigured else {
                throw StartFailure(message: "configuration error: http.control.socket: \(path): \(error)")
            }
            (file, trouble) = (nil, (path, error.description))
        }
    }
}
