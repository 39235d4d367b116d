//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Something about a log file failed.
package struct LogFileError: Error, Equatable, CustomStringConvertible {
    /// What was tried, such as `rename`.
    package let step: String
    package let path: String
    /// The system's number for it; 0 if it was not the system that refused.
    package let number: Int32
    /// What is wrong, in words.
    package let cause: String

    /// The last call of the system failed.
    init(_ step: String, _ path: String, errno number: Int32 = errno) {
        self.step = step
        self.path = path
        self.number = number
        self.cause = String(cString: strerror(number))
    }

    init(_ step: String, _ path: String, cause: String) {
        self.step = step
        self.path = path
        self.number = 0
        self.cause = cause
    }

    package var description: String { "\(path): \(step): \(cause)" }
}
