//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll

/// Tokens that are signed with a secret, as an attacker can make them too.
enum HMACSample {
    static func sign(_ message: String, secret: String) -> [UInt8] {
        var mac = [UInt8](repeating: 0, count: 32)
        let bytes = Array(message.utf8)
        plimsoll_hmac_sha256(Array(secret.utf8), secret.utf8.count, bytes, bytes.count, &mac)
        return mac
    }
}
