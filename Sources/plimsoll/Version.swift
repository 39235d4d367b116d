//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What this program is.
enum Version {
    static let number = "0.1.0"

    /// As `plimsoll --version` prints it.
    static let description = "plimsoll \(number)"

    /// The compiler's version, as far as it matters to a reader of metrics.
    static let swift: String = {
        #if compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }()
}
