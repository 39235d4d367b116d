//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is wrong with one value, before it is known which key it stands under.
struct InvalidValue: Error, Equatable {
    /// One line, fit to follow `http.addr: `.
    let message: String

    init(_ message: String) {
        self.message = message
    }
}
