//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel

/// Annotations as the ledger keeps them: keys and values in turn, each behind its length.
///
/// A form of its own, since no text of a manifest has to be escaped in it: `5:title3:app`.
enum AnnotationText {
    static func text(of annotations: [String: String]) -> String? {
        guard !annotations.isEmpty else { return nil }
        var text = ""
        for (key, value) in annotations.sorted(by: { byteOrder($0.key, $1.key) }) {
            for part in [key, value] { text += "\(part.utf8.count):\(part)" }
        }
        return text
    }

    /// What cannot be read is left out.
    static func annotations(_ text: String?) -> [String: String] {
        guard let text else { return [:] }
        var rest = text.utf8[...]
        func part() -> String? {
            guard let colon = rest.firstIndex(of: UInt8(ascii: ":")), let count = Int(String(rest[..<colon]) ?? "")
            else { return nil }
            let start = rest.index(after: colon)
            guard count >= 0, let end = rest.index(start, offsetBy: count, limitedBy: rest.endIndex) else { return nil }
            defer { rest = rest[end...] }
            return String(rest[start..<end])
        }
        var annotations: [String: String] = [:]
        while let key = part(), let value = part() { annotations[key] = value }
        return annotations
    }
}
