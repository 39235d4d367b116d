//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The spelling of ports.
enum Port {
    /// Parses a number from 0 to 65535 in decimal digits.
    static func parse(_ text: Substring) -> Int? {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let port = UInt16(text) else { return nil }
        return Int(port)
    }
}
