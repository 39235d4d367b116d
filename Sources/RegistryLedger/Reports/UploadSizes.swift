//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryStorage

/// How much of open uploads is there.
package enum UploadSizes {
    /// The bytes of the content of uploads; those that are gone by now have none.
    package static func sum(
        _ uploads: [(repository: String, id: String)],
        _ driver: any StorageDriver
    ) async throws(StorageError) -> Int64 {
        var bytes: Int64 = 0
        var start = uploads.startIndex
        while start < uploads.endIndex {
            let end = min(start + batch, uploads.endIndex)
            let paths: [StoragePath] = uploads[start..<end].compactMap { upload in
                guard let name = try? RepositoryName(upload.repository), let id = try? UploadID(upload.id) else {
                    return nil
                }
                return DiskLayout.uploadData(name, id)
            }
            for size in try await driver.sizes(of: paths) { bytes += size ?? 0 }
            start = end
        }
        return bytes
    }

    private static let batch = 256
}
