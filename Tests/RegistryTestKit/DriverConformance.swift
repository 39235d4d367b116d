//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry

/// The contract of ``StorageDriver``, as tests that every driver passes.
///
/// A new driver's test target is one suite with one test, whose arguments are ``cases`` and ``Wrapping/allCases``; each
/// case gets an empty driver of its own.
package enum DriverConformance {
    /// One rule of the contract.
    package struct Case: Sendable, CustomStringConvertible {
        package let name: String
        private let body: @Sendable (any StorageDriver) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (any StorageDriver) async throws -> Void) {
            self.name = name
            self.body = body
        }

        package var description: String { name }

        /// Checks the rule.
        /// - Parameters:
        ///   - wrapping: what stands around the driver.
        ///   - make: makes an empty driver.
        package func check<Driver: StorageDriver>(
            _ wrapping: Wrapping = .bare,
            _ make: () async throws -> Driver
        ) async throws {
            try await body(wrapping.wrap(try await make()))
        }
    }

    /// A wrapper around a driver, which must change nothing of the contract.
    package enum Wrapping: String, Sendable, CaseIterable {
        case bare, instrumented, limited, limitedAndInstrumented

        func wrap(_ driver: any StorageDriver) -> any StorageDriver {
            switch self {
            case .bare: driver
            case .instrumented: InstrumentedDriver(driver, instruments: Instruments(driverName: driver.name))
            case .limited: LimitedDriver(driver, limit: 1)
            case .limitedAndInstrumented: Self.instrumented.wrap(LimitedDriver(driver, limit: 3))
            }
        }
    }

    package static let cases: [Case] =
        contentCases + openingCases + appendingCases + publishingCases + folderCases + concurrencyCases

    // What the cases share.

    static func path(_ components: String) -> StoragePath { .root.appending(components) }
}
