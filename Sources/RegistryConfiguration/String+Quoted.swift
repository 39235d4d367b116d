//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension String {
    /// The text in quotes for a message: on one line, control characters escaped, cut after 60 characters.
    var quoted: String {
        "\"\(printable)\""
    }

    /// The text without anything that could break a line or a terminal, cut after 60 characters.
    var printable: String {
        let shown = unicodeScalars.prefix(60).map { scalar in
            scalar.properties.generalCategory.isInvisible ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return shown.joined() + (unicodeScalars.count > 60 ? "…" : "")
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isInvisible: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: true
        default: false
        }
    }
}
