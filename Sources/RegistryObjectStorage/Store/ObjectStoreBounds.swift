//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a vendor bounds, in bytes and in numbers.
package struct ObjectStoreBounds: Sendable, Equatable {
    /// The most that one `put` takes.
    package var putBytes: Int64 = 5 << 30
    /// The most that one `copy` or `copyPart` takes.
    package var copyBytes: Int64 = 5 << 30
    /// The least that a part has which is not the last.
    package var partBytes: Int64 = 5 << 20
    /// The most parts of an object.
    package var parts = 10_000
    /// The most keys of one `delete`.
    package var deleteKeys = 1_000
    /// The most keys of a page.
    package var listKeys = 1_000
    /// Whether a listing may lag behind what was put and deleted, so that nothing may depend on it.
    package var listsLate = false

    package init() {}
}
