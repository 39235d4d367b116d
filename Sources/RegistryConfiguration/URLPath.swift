//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The rule for paths of URLs that stand in the configuration.
enum URLPath {
    /// Lets pass what begins with `/` and needs no escaping, and has no empty, `.` or `..` parts.
    static func check(_ text: String) throws(InvalidValue) {
        guard text.hasPrefix("/") else { throw InvalidValue("must begin with /") }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0 != "." && $0 != ".." }), parts.dropLast().allSatisfy({ !$0.isEmpty }) else {
            throw InvalidValue("must have no empty, . or .. parts")
        }
        guard text.utf8.allSatisfy(isAllowed) else {
            throw InvalidValue("must have no characters beside letters, digits and -._~!$&'()*+,;=:@/")
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "-._~!$&'()*+,;=:@/".utf8.contains(byte)
        }
    }
}
