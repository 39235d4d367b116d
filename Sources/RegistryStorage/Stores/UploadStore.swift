//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel
package import RegistryTelemetry

/// Upload sessions, as folders that survive a restart and that other servers on the same storage understand.
package struct UploadStore: Sendable {
    let context: StoreContext
    let links: LinkStore

    package init(_ context: StoreContext) {
        self.context = context
        self.links = LinkStore(context: context)
    }

    /// Begins an upload: one driver call.
    package func begin(in name: RepositoryName, at time: WallTime) async throws(RegistryError) -> UploadID {
        let id = UploadID()
        let text = ByteBuffer(string: time.secondsDescription)
        // A repository that is being removed is gone with all its uploads before this one comes, or after it.
        return try await context.using(name, []) { () async throws(RegistryError) in
            // Before it is there, so that none is there that the journal does not know.
            await context.journal?.note([.uploadBegun(name, id, time)])
            do throws(StorageError) {
                try await context.driver.replace(DiskLayout.uploadStart(name, id), with: text, .volatile)
            } catch {
                await context.journal?.note([.uploadEnded(name, id)])
                throw context.registryError(error)
            }
            return id
        }
    }

    /// Bytes an upload has.
    /// - Throws: `BLOB_UPLOAD_UNKNOWN`.
    package func offset(of id: UploadID, in name: RepositoryName) async throws(RegistryError) -> Int64 {
        do {
            return try await context.driver.stat(DiskLayout.uploadData(name, id)).size
        } catch {
            guard error.code == .notFound else { throw context.registryError(error) }
        }
        // Begun, but nothing came yet.
        _ = try await context.call(missing: Self.unknown(id)) { () async throws(StorageError) in
            try await context.driver.stat(DiskLayout.upload(name, id))
        }
        return 0
    }

    /// Takes up an upload for writing: one driver call, three more where a hash state must be found.
    /// - Parameter algorithm: of the digest that the upload is expected to have.
    /// - Throws: `BLOB_UPLOAD_UNKNOWN`; status 409 while another request writes to it.
    package func resume(
        _ id: UploadID,
        in name: RepositoryName,
        _ algorithm: DigestAlgorithm
    ) async throws(RegistryError) -> UploadSession {
        let path = DiskLayout.uploadData(name, id)
        let appender = try await context.call(missing: Self.unknown(id)) { () async throws(StorageError) in
            try await context.driver.append(path)
        }
        do throws(StorageError) {
            let states = HashStates(driver: context.driver, folder: DiskLayout.hashStates(name, id, algorithm))
            let hasher = try await states.hasher(algorithm, over: path, upTo: appender.initialSize)
            return UploadSession(store: self, name: name, id: id, appender: appender, hasher: hasher)
        } catch {
            throw context.registryError(error)
        }
    }

    /// Ends an upload and removes what it had.
    /// - Throws: `BLOB_UPLOAD_UNKNOWN`.
    package func cancel(_ id: UploadID, in name: RepositoryName) async throws(RegistryError) {
        try await context.call(missing: Self.unknown(id)) { () async throws(StorageError) in
            try await context.driver.remove(DiskLayout.upload(name, id))
        }
        await context.journal?.note([.uploadEnded(name, id)])
    }

    static func unknown(_ id: UploadID) -> RegistryError {
        RegistryError(.blobUploadUnknown, detail: "no upload \(id)")
    }
}
