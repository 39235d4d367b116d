//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A set of label values fixed in the source: an enumeration whose raw values are the values.
package typealias LabelSet = CaseIterable & RawRepresentable<String> & Sendable & Hashable

/// Instruments by one label, made at the start and found by the label's place among its values.
package struct Labelled<Label: LabelSet, Instrument: Sendable>: Sendable {
    /// In the order of `Label.allCases`.
    let instruments: [Instrument]

    package init(_ label: Label.Type = Label.self, make: (Label) -> Instrument) {
        precondition(
            Label.allCases.enumerated().allSatisfy { Self.position(of: $1) == $0 },
            "\(Label.self) is no enumeration of at most 256 cases without values"
        )
        self.instruments = Label.allCases.map(make)
    }

    package subscript(_ label: Label) -> Instrument {
        @inline(__always) get { instruments[Self.position(of: label)] }
    }

    /// The place of a case among all.
    ///
    /// An enumeration without values is stored as the number of its case, in one byte up to 256 cases, and in none if it
    /// has only one. Source: Swift's ABI, "Type Layout", no-payload enums. Checked for each enumeration by `init`.
    @inline(__always)
    private static func position(of label: Label) -> Int {
        withUnsafeBytes(of: label) { $0.isEmpty ? 0 : Int($0[0]) }
    }
}
