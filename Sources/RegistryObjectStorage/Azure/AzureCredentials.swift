//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What lets requests in.
package enum AzureCredentials: Sendable {
    case sharedKey(AzureSharedKey)
    /// The query of a shared access signature, without a question mark.
    case signature(String)
    /// Tokens of an identity.
    case identity(RenewedSecret<String>)
}
