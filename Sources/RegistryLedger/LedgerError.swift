//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Why the ledger cannot tell, or take, something.
package struct LedgerError: Error, Sendable, Equatable, CustomStringConvertible {
    package let kind: Kind
    /// In words, for people.
    package let cause: String

    package init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
    }

    init(_ error: SQLiteError) { self.init(error.kind, error.description) }

    package enum Kind: String, Sendable, CaseIterable {
        /// Another process has it.
        case locked
        /// Its disk is full.
        case noSpace = "no_space"
        /// The file is damaged, or is no ledger.
        case corrupt
        /// It takes no writes.
        case readOnly = "read_only"
        /// A later Plimsoll wrote it.
        case newer
        /// It was not asked: it is switched off, or has not been opened.
        case unavailable
        /// Its disk does not answer in time.
        case hung
        /// Anything else.
        case failed
    }

    package var description: String { "\(kind.rawValue): \(cause)" }
}

extension LedgerError: SpanOutcomeProviding {
    package var spanOutcome: SpanOutcome { .failed(code: kind.rawValue) }
}
