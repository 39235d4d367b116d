//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a file says that is read again when it changes, as metric label `kind`.
package enum WatchedFile: String, Sendable, CaseIterable {
    /// Users, keys or rules: `auth`.
    case auth
    /// A certificate with its key and the authorities of clients, which are read together: `http.tls`.
    case certificate
}
