//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A document that is made piece by piece while it is sent, so that it is never in memory whole.
package struct PiecewiseDocument: Sendable {
    let contentType: String
    let pieces: @Sendable () -> AnyIterator<[UInt8]>

    /// - Parameter pieces: begins at the first piece each time.
    package init(contentType: String, pieces: @escaping @Sendable () -> AnyIterator<[UInt8]>) {
        self.contentType = contentType
        self.pieces = pieces
    }
}
