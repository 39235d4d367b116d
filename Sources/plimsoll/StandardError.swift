//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// What is said to whoever runs a command, beside its output.
enum StandardError {
    /// Writes a text as it is.
    ///
    /// The standard library has no standard error, and C's is a variable.
    static func write(_ text: String) { _ = text.withCString { Glibc.write(STDERR_FILENO, $0, strlen($0)) } }
}
