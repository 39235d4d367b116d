//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Why there is no report, in words for whoever asked.
package struct ReportFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package let kind: Kind
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package enum Kind: Sendable {
        /// It was asked for wrongly.
        case invalid
        /// What it is about is not there.
        case unknown
        /// What it is made from cannot be read now.
        case unavailable
    }

    package var description: String { message }
}
