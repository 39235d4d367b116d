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
        let storage = try ConfigurationFile.load(path).storage
        self.driver = try storage.existing(IOPool(size: 8))
        self.place = storage.driver.place
        self.lock = nil
    }

    /// A storage for this process alone; a folder is made where it is missing.
    ///
    /// Nobody can be kept out of a bucket: whoever copies sees to it that no server writes there.
    init(writing path: String) throws(StartFailure) {
        let storage = try ConfigurationFile.load(path).storage
        self.place = storage.driver.place
        guard case .filesystem(let settings) = storage.driver else {
            self.driver = try storage.existing(IOPool(size: 8))
            self.lock = nil
            return
        }
        let root = settings.rootDirectory
        do {
            self.driver = try FilesystemDriver(root: root, pool: IOPool(size: 8))
            self.lock = try StorageLock(root: root, .alone)
        } catch {
            guard error.code == .busy else { throw StartFailure(message: "plimsoll: \(root): \(error.cause)") }
            throw StartFailure(message: "plimsoll: \(root): a server has it; end that first")
        }
    }
}

extension StorageDriverSettings {
    /// Where content is, in words.
    fileprivate var place: String {
        switch self {
        case .filesystem(let settings): settings.rootDirectory
        case .s3(let settings): "s3 \(settings.bucket) \(settings.rootDirectory)"
        case .azure(let settings): "azure \(settings.accountName) \(settings.container) \(settings.rootDirectory)"
        case .gcs(let settings): "gcs \(settings.bucket) \(settings.rootDirectory)"
        case .swift(let settings):
            "swift \(settings.authURL) \(settings.project ?? settings.projectID ?? settings.username) \(settings.container) \(settings.prefix)"
        case .oss(let settings): "oss \(settings.bucket) \(settings.rootDirectory)"
        case .inMemory: "memory"
        }
    }
}
