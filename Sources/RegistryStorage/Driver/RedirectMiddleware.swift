//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Stands between the registry and where its storage would send clients for blobs, as distribution's middleware of the
/// storage does.
package protocol RedirectMiddleware: Sendable {
    /// The address at which a client gets content.
    /// - Parameter next: the address without this one; nil where clients are sent nowhere.
    /// - Returns: nil to send the content from here.
    func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ next: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String?
}

extension Array<any RedirectMiddleware> {
    /// What all of them make of an address: each has the one before it within.
    package func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ storage: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String? {
        try await self[...].address(of: path, for: request, storage)
    }
}

extension ArraySlice<any RedirectMiddleware> {
    fileprivate func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ storage: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String? {
        guard let outermost = last else { return try await storage() }
        return try await outermost.address(of: path, for: request) { () async throws(StorageError) in
            try await dropLast().address(of: path, for: request, storage)
        }
    }
}
