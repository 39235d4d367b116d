//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration

/// Where the control socket is, for the server and for who looks for one.
enum ControlPlace {
    /// Where nobody configured anything, the best first.
    /// - Parameter environment: `RUNTIME_DIRECTORY`, which systemd sets for units, and `XDG_RUNTIME_DIR`, which users have.
    static func standard(_ environment: [String: String]) -> [String] {
        let user = environment["XDG_RUNTIME_DIR"].flatMap { $0.isEmpty ? nil : "\($0)/plimsoll/\(name)" }
        return [ofUnit(environment), HTTPSettings.defaultControlSocket, user].compactMap { $0 }
    }

    /// Where the server of this process's own unit has it, if nobody configured anything; nil outside of a unit.
    static func ofUnit(_ environment: [String: String]) -> String? {
        environment["RUNTIME_DIRECTORY"].flatMap { $0.split(separator: ":").first }.map { "\($0)/\(name)" }
    }

    private static let name = "control.sock"

    /// The first of the standard places that a server can use, with its folder made where that is the user's own.
    ///
    /// `/run/plimsoll` is whoever's who installed the server; it is used where it is there, and not made.
    static func forServer(_ environment: [String: String]) -> String? {
        standard(environment).first { path in
            let folder = path.dropLast(name.count + 1)
            if folder == environment["XDG_RUNTIME_DIR"].map({ "\($0)/plimsoll" }) ?? "" { mkdir(String(folder), 0o700) }
            return access(String(folder), W_OK | X_OK) == 0
        }
    }
}
