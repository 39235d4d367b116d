//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryStorage

extension FilesystemDriver {
    /// The driver of a storage that is there, for a command: the driver alone would make the folder.
    static func existing(_ storage: FilesystemSettings, _ pool: IOPool) throws(StartFailure) -> FilesystemDriver {
        guard access(storage.rootDirectory, F_OK) == 0 else {
            throw StartFailure(message: "plimsoll: \(storage.rootDirectory): \(String(cString: strerror(errno)))")
        }
        do {
            return try FilesystemDriver(root: storage.rootDirectory, pool: pool)
        } catch {
            throw StartFailure(message: "plimsoll: \(storage.rootDirectory): \(error.cause)")
        }
    }
}

extension ControlClient {
    /// The server that has what a command wants for itself.
    static func owner(socket: String?, config: String?) throws(StartFailure) -> ControlClient {
        var options = ControlOptions()
        options.socket = socket
        options.config = config
        options.json = false
        do throws(ControlTrouble) {
            return ControlClient(path: try options.place())
        } catch {
            throw StartFailure(message: "plimsoll: \(error)")
        }
    }
}
