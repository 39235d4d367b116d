//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SectionReader {
    /// Reads patterns of names of repositories or tags.
    ///
    /// There must be one, unless there is a default or they are optional.
    func patterns(
        _ key: String,
        example: String,
        default fallback: [String] = [],
        isOptional: Bool = false
    ) -> [String] {
        let patterns = texts(key) { scalar throws(InvalidValue) in
            guard (1...255).contains(scalar.text.utf8.count) else {
                throw InvalidValue("must have 1 to 255 characters")
            }
            guard scalar.text.utf8.allSatisfy(Self.isPattern) else {
                throw InvalidValue("must have letters, digits, . _ - / and the wildcards * ** ? only")
            }
            return scalar.text
        }
        guard patterns.isEmpty else { return patterns }
        if fallback.isEmpty, !isOptional { report("needs \(key), such as [\"\(example)\"]") }
        return fallback
    }

    private static func isPattern(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-/*?".utf8.contains(byte)
        }
    }
}
