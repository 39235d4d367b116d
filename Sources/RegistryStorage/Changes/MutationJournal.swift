//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Is told of every change of the storage, before and after.
///
/// Neither call fails: a journal that cannot keep up must not keep anyone from pushing.
package protocol MutationJournal: Sendable {
    /// A change is about to be made; durably known when this returns, or known to be missing.
    ///
    /// Exactly one `end` must follow.
    func begin(_ mutation: Mutation) async -> MutationTicket

    /// A change is over. Changes of one item are told in the order in which they were made.
    func end(_ ticket: MutationTicket, _ outcome: MutationOutcome, of mutation: Mutation)

    /// Notes what a crash may forget, without a promise before it.
    func note(_ changes: [StorageChange]) async
}

/// What a journal knows a change by.
package struct MutationTicket: Sendable {
    package let id: Int64

    package init(id: Int64) { self.id = id }
}

/// How a change ended.
package enum MutationOutcome: Sendable {
    /// This is so now.
    case done([StorageChange])
    /// There was nothing to change, or it was refused, after these changes; the storage may be otherwise than was known.
    case refused([StorageChange])
    /// It failed at some step; what is so now only the storage can tell.
    case uncertain
}
