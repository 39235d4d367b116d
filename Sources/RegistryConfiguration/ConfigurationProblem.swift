//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// One thing that is wrong with the configuration: where it stands, which key it is about, and what is wrong.
package struct ConfigurationProblem: Sendable, Equatable {
    /// The place a value came from.
    package enum Origin: Sendable, Equatable {
        /// A line of the file, counted from 1.
        case file(line: Int)
        /// An environment variable, by its full name.
        case environment(variable: String)
        /// The configuration as a whole: what is missing has no line to point at.
        case whole
    }

    /// The place of the value, or of the key that should not be there.
    package var origin: Origin
    /// The key in dotted form, such as `http.addr`; empty when the text could not be read as YAML at all.
    package var path: String
    /// What is wrong and, where there is one, the way out.
    ///
    /// One line, without the secret values it may be about.
    package var message: String

    /// Creates a problem.
    package init(origin: Origin, path: String, message: String) {
        self.origin = origin
        self.path = path
        self.message = message
    }
}
