//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension RequestTarget {
    /// The path, as far as it cannot hold what a client sent in confidence; empty where there is none.
    ///
    /// Where every part of it was found to be a valid name it is told as it came. Any other, such as one with a query whose
    /// question mark is escaped, ends before the first component with a character that no part of a route has.
    /// - Parameter isValidated: whether the route was found, and its parts are valid.
    func toldPath(isValidated: Bool) -> String {
        guard !isValidated else { return String(path) }
        var end = path.startIndex
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            guard component.utf8.allSatisfy(Self.isOfRoute) else { return "\(path[..<component.startIndex])…" }
            end = component.endIndex
        }
        return String(path[..<end])
    }

    /// Whether names, tags, digests, identifiers of uploads or the words between them have a character.
    private static func isOfRoute(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
            UInt8(ascii: ":"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    /// The `Host` header without a name and password before it; nil where it is none, or not the name of a host.
    var toldAuthority: Substring? {
        guard let authority else { return nil }
        let host = authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
        let isHost = host.utf8.allSatisfy {
            Self.isOfRoute($0) || $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "]")
        }
        return isHost && !host.isEmpty ? host : nil
    }
}
