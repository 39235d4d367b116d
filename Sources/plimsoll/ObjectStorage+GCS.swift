//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage

extension ObjectStorageDriver {
    /// The driver of a bucket of Google Cloud Storage.
    /// - Parameter redirects: whether clients are sent to the store for blobs.
    /// - Throws: when a file that is named is not there, or the credentials are none.
    static func gcs(_ gcs: GCSSettings, redirects: Bool, _ around: ObjectStorageSurroundings) throws(StartFailure)
        -> ObjectStorageDriver
    {
        if let path = gcs.keyFile, access(path, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw StartFailure(message: "plimsoll: storage.gcs.keyfile: \(path): \(reason)")
        }
        let governor = RequestGovernor(driver: "gcs", around.instruments)
        var connection = BackendHTTP.Settings()
        connection.userAgent = (gcs.userAgent.map { "\($0) " } ?? "") + "plimsoll/\(Version.number)"
        let http = BackendHTTP(connection, on: around.loops)
        var store = GCSObjectStore.Settings(bucket: gcs.bucket)
        store.root = gcs.rootDirectory
        let emulator = around.environment["STORAGE_EMULATOR_HOST"].flatMap { $0.isEmpty ? nil : $0 }
        if let emulator { store.use(emulator: emulator) }
        let client = GCSTokenClient(http, governor, pool: around.pool)
        // An emulator knows nobody.
        let identity: (any GCSIdentity)? = try emulator == nil ? gcs.identity(client, around) : nil
        var settings = Settings.gcs(root: gcs.rootDirectory, chunkBytes: gcs.chunkBytes)
        settings.redirects = redirects
        return ObjectStorageDriver(
            GCSObjectStore(store, http, identity, governor: governor),
            settings,
            pool: around.pool,
            governor: governor,
            instruments: around.instruments
        )
    }
}

extension GCSSettings {
    fileprivate func identity(_ client: GCSTokenClient, _ around: ObjectStorageSurroundings) throws(StartFailure)
        -> any GCSIdentity
    {
        guard let credentials else { return GCSFoundIdentity(keyFile: keyFile, around.environment, client) }
        let document = credentials.mapValues(\.exposed)
        do throws(ObjectStoreError) {
            return try GCSFoundIdentity.identity(document, client, from: "storage.gcs.credentials")
        } catch {
            throw StartFailure(message: "plimsoll: \(error.cause)")
        }
    }
}

extension GCSObjectStore.Settings {
    /// As Google's own libraries take the variable: a host, or a URL.
    fileprivate mutating func use(emulator: String) {
        let isSecure = emulator.hasPrefix("https://")
        scheme = isSecure ? "https" : "http"
        let authority = emulator.split(separator: "://", maxSplits: 1).last.map { String($0) } ?? emulator
        self.authority = String(authority.prefix { $0 != "/" })
    }
}
