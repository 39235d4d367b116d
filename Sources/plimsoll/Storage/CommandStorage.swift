//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryStorage

/// A storage that a command works on without a server.
struct CommandStorage {
    let driver: any StorageDriver
    /// Where it is, so that two can be told apart.
    let place: String
    /// Held as long as nobody else may change it.
    private let lock: StorageLock?

    /// A storage that is there; others may serve it meanwhile.
    init(reading path: String) throws(StartFailure) {
        let configuration = try ConfigurationFile.load(path)
        switch configuration.storage.driver {
        case .inMemory: throw Self.inMemory
        case .filesystem(let settings):
            self.driver = try FilesystemDriver.existing(settings, IOPool(size: 8))
            self.place = settings.rootDirectory
            self.lock = nil
        }
    }

    /// A storage for this process alone, which is made where it is missing.
    init(writing path: String) throws(StartFailure) {
        let configuration = try ConfigurationFile.load(path)
        switch configuration.storage.driver {
        case .inMemory: throw Self.inMemory
        case .filesystem(let settings):
            let root = settings.rootDirectory
            do {
                self.driver = try FilesystemDriver(root: root, pool: IOPool(size: 8))
                self.lock = try StorageLock(root: root, .alone)
            } catch {
                guard error.code == .busy else { throw StartFailure(message: "plimsoll: \(root): \(error.cause)") }
                throw StartFailure(message: "plimsoll: \(root): a server has it; end that first")
            }
            self.place = root
        }
    }

    private static let inMemory = StartFailure(
        message: "plimsoll: storage: content in memory is gone with its server"
    )
}
