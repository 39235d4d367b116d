//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Names of fields in the journal.
package enum JournalName {
    /// The journal drops a field whose name is longer.
    private static let maximumLength = 64

    private static let ofRequests = Dictionary(
        uniqueKeysWithValues: LogSchema.fields.map { ($0.key.name, $0.key.journalName) }
    )

    /// The name of a field that is not in the fixed table: of an event, of a library, or from the configuration.
    ///
    /// What requests have too is found by the same name there. All else is `REGISTRY_` and the key in upper case, with `_` for whatever the journal does not take: it wants A to Z, 0 to 9
    /// and `_`.
    package static func free(_ key: String) -> String {
        if let name = ofRequests[key] { return name }
        let name =
            "REGISTRY_"
            + String(
                decoding: key.utf8.map { byte -> UInt8 in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
                    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
                    default: UInt8(ascii: "_")
                    }
                },
                as: UTF8.self
            )
        return String(name.prefix(maximumLength))
    }
}
