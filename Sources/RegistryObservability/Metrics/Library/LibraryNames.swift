//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Names that libraries give, made fit for Prometheus.
enum LibraryNames {
    /// `registry_library_` and what is left of a label, with the suffix that its type asks for.
    static func metric(_ label: String, _ kind: LibraryMetrics.Kind) -> String {
        var base = label.utf8.prefix(100).map { isWordByte($0) ? Character(Unicode.Scalar($0)) : "_" }
        while base.last == "_" { base.removeLast() }
        var name = "registry_library_" + String(base)
        // What OpenMetrics takes for a part of another metric, or what is added again below.
        let reserved = ["_total", "_created", "_count", "_sum", "_bucket", "_info", "_seconds"]
        while let suffix = reserved.first(where: { name.hasSuffix($0) }) { name.removeLast(suffix.count) }
        return switch kind {
        case .counter: name + "_total"
        case .gauge: name
        case .timer: name + "_seconds"
        case .distribution: name + "_distribution"
        }
    }

    /// The name of a label: letters, digits and underscores, none of the names that Prometheus or we give ourselves.
    static func label(_ dimension: String) -> String {
        let name = String(dimension.utf8.prefix(100).map { isWordByte($0) ? Character(Unicode.Scalar($0)) : "_" })
        let isFree = !name.isEmpty && !name.hasPrefix("_") && !["le", "quantile"].contains(name)
        return isFree && !("0"..."9" ~= (name.first ?? "0")) ? name : "label_\(name)"
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
