//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOPosix
import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry

extension StorageSettings {
    /// The driver of a storage that is there, for a command.
    /// - Throws: for content in memory, which is gone with its server.
    func existing(_ pool: IOPool) throws(StartFailure) -> any StorageDriver {
        switch driver {
        case .filesystem(let settings): return try FilesystemDriver.existing(settings, pool)
        case .s3(let settings): return try ObjectStorageDriver.s3(settings, redirects: false, .forCommands(pool))
        case .azure(let settings): return try ObjectStorageDriver.azure(settings, redirects: false, .forCommands(pool))
        case .gcs(let settings): return try ObjectStorageDriver.gcs(settings, redirects: false, .forCommands(pool))
        case .swift(let settings): return try ObjectStorageDriver.swift(settings, redirects: false, .forCommands(pool))
        case .oss(let settings): return ObjectStorageDriver.oss(settings, redirects: false, .forCommands(pool))
        case .inMemory: throw StartFailure(message: "plimsoll: storage: content in memory is gone with its server")
        }
    }
}

extension FilesystemDriver {
    /// The driver alone would make the folder.
    fileprivate static func existing(_ storage: FilesystemSettings, _ pool: IOPool) throws(StartFailure)
        -> FilesystemDriver
    {
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

    /// The server of this configuration on this machine; nil where none answers.
    static func running(socket: String?, config: String?) -> ControlClient? {
        guard let client = try? owner(socket: socket, config: config),
            (try? client.ask("status", isChange: false, [])) != nil
        else { return nil }
        return client
    }
}

extension ObjectStorageSurroundings {
    fileprivate static func forCommands(_ pool: IOPool) -> ObjectStorageSurroundings {
        ObjectStorageSurroundings(
            pool: pool,
            loops: MultiThreadedEventLoopGroup.singleton,
            instruments: BackendInstruments()
        )
    }
}
