//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

/// The storage that a test runs on: every rule of the API holds on each of them.
package enum TestStorage: String, Sendable, CaseIterable, CustomStringConvertible {
    case inMemory = "inmemory"
    case filesystem

    package var description: String { rawValue }

    /// Makes an empty storage of this kind, which is gone when the body is over.
    package func with<Output: Sendable>(
        _ body: @Sendable (any StorageDriver) async throws -> Output
    ) async throws -> Output {
        switch self {
        case .inMemory:
            return try await body(InMemoryDriver())
        case .filesystem:
            let folder = try TemporaryFolder()
            defer { withExtendedLifetime(folder) {} }
            return try await body(try FilesystemDriver(root: folder.path, pool: Self.pool))
        }
    }

    private static let pool = IOPool(size: 8)
}

extension TestRegistry {
    /// Serves from an empty storage while the body runs.
    /// - Parameter configure: changes the setup.
    package static func with<Output: Sendable>(
        _ storage: TestStorage,
        _ configure: @Sendable (inout Setup) -> Void = { _ in },
        _ body: @escaping @Sendable (TestRegistry) async throws -> Output
    ) async throws -> Output {
        try await storage.with { driver in try await with(driver: driver, configure, body) }
    }

    /// Serves from an empty storage while the body, which gets a client, runs.
    package static func client<Output: Sendable>(
        _ storage: TestStorage,
        _ configure: @Sendable (inout Setup) -> Void = { _ in },
        _ body: @escaping @Sendable (WireClient, TestRegistry) async throws -> Output
    ) async throws -> Output {
        try await with(storage, configure) { registry in
            try await body(WireClient(port: registry.port), registry)
        }
    }
}
