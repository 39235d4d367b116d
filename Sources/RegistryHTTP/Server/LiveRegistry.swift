//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The registry's API as it is configured now, for all listeners at once.
///
/// A request keeps what it began with, and a connection its time limits.
package final class LiveRegistry: Sendable {
    private let current: Mutex<Version>
    /// What does not change while the server runs.
    let encryption: ServerEncryption?

    /// An object, so that a request holds all of it by one reference.
    final class Version: Sendable {
        let handler: RegistryHandler
        let timeouts: ConnectionTimeouts
        let services: RegistryServices

        init(_ options: RegistryOptions, _ services: RegistryServices) {
            self.handler = RegistryHandler(options, services)
            self.timeouts = options.timeouts
            self.services = services
        }
    }

    package init(_ options: RegistryOptions, _ services: RegistryServices) {
        self.encryption = options.encryption
        self.current = Mutex(Version(options.following(encryption), services))
    }

    /// Serves further requests by other options and services.
    /// - Parameter options: whose encryption is that of the start.
    package func replace(_ options: RegistryOptions, _ services: RegistryServices) {
        let next = Version(options.following(encryption), services)
        current.withLock { $0 = next }
    }

    /// What it is built on now.
    package var services: RegistryServices { version.services }

    var version: Version { current.withLock(\.self) }
}

extension RegistryOptions {
    fileprivate func following(_ encryption: ServerEncryption?) -> RegistryOptions {
        var options = self
        options.encryption = encryption
        options.address.isEncrypted = encryption != nil
        return options
    }
}
