//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The driver that keeps the content, with its parameters.
package enum StorageDriverSettings: Sendable, Equatable {
    /// Files below a directory.
    case filesystem(FilesystemSettings)
    /// A bucket.
    case s3(S3Settings)
    case azure(AzureSettings)
    case gcs(GCSSettings)
    case swift(SwiftSettings)
    case oss(OSSSettings)
    /// Memory, for tests: everything is gone after a restart.
    case inMemory
}

extension StorageDriverSettings {
    private static let supported = ["filesystem", "s3", "azure", "gcs", "swift", "oss", "inmemory"]
    /// Two names of one.
    private static let s3Names = ["s3", "s3aws"]

    /// Reads the driver from what is left of the section `storage`.
    init(reading storage: SectionReader) {
        let known = StorageSettings.keysBesideDriver + Self.supported + ["s3aws"]
        // Whatever is no slip of a key beside the driver is meant as one.
        let drivers = storage.unreadEntries.compactMap { entry -> (entry: ConfigurationNode.Entry, meant: String?)? in
            let meant = Suggestion.nearest(to: entry.key, among: known)
            return meant.map(StorageSettings.keysBesideDriver.contains) == true ? nil : (entry, meant)
        }
        let filesystem = storage.section("filesystem", FilesystemSettings.init(reading:))
        storage.section("inmemory") { _ in }
        let s3 = Self.s3Names.map { name in storage.ifGiven(name, S3Settings.init(reading:)) }
        let azure = storage.ifGiven("azure", AzureSettings.init(reading:))
        let gcs = storage.ifGiven("gcs", GCSSettings.init(reading:))
        let swift = storage.ifGiven("swift", SwiftSettings.init(reading:))
        let oss = storage.ifGiven("oss", OSSSettings.init(reading:))
        self =
            switch drivers.first?.entry.key {
            case "filesystem": .filesystem(filesystem)
            case "s3", "s3aws": .s3(s3.compactMap(\.self).first ?? S3Settings())
            case "azure": .azure(azure ?? AzureSettings())
            case "gcs": .gcs(gcs ?? GCSSettings())
            case "swift": .swift(swift ?? SwiftSettings())
            case "oss": .oss(oss ?? OSSSettings())
            default: .inMemory
            }

        for driver in drivers where driver.meant == nil {
            storage.reportUnread(driver.entry, message: Self.unknown(driver.entry.key).message)
        }
        guard let first = drivers.first else {
            storage.report("needs exactly one driver: filesystem, s3, azure, gcs, swift, oss or inmemory")
            return
        }
        for driver in drivers.dropFirst() where driver.meant == driver.entry.key {
            let message = "a second storage driver beside \(first.entry.key.printable); exactly one is allowed"
            storage.report(message, at: driver.entry.key, origin: driver.entry.keyOrigin)
        }
    }

    /// What is wrong with a driver nobody has heard of.
    static func unknown(_ name: String) -> InvalidValue {
        InvalidValue("unknown storage driver \(name.quoted), known: \(supported.joined(separator: ", "))")
    }
}
