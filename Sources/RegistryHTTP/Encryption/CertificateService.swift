//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import ServiceLifecycle

/// Reads the certificate of a server again when its files change, or when told to.
package struct CertificateService: Service {
    private let encryption: ServerEncryption
    private let pool: IOPool
    private let interval: Duration

    /// - Parameters:
    ///   - pool: whose threads read the files.
    ///   - interval: between two looks; a change is acted on at the second look that finds it.
    package init(_ encryption: ServerEncryption, _ pool: IOPool, interval: Duration = .seconds(5)) {
        self.encryption = encryption
        self.pool = pool
        self.interval = interval
    }

    /// Looks until the server goes down.
    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // The pool refuses work only when the server has ended.
                try? await pool.run { () throws(StorageError) in encryption.look() }
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// Reads the files now, whether or not they have changed.
    package func reload() async {
        try? await pool.run { () throws(StorageError) in encryption.reload() }
    }
}
