//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A file for TLS with the collector that cannot be used.
package struct CollectorFileError: Error, CustomStringConvertible {
    /// The variable or key that names it.
    package let name: String
    package let path: String
    package let cause: String

    package var description: String { "\(name): \(path): \(cause)" }
}
