//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Bytes of the whole storage, by what they are.
///
/// `CapacityDefinition` says what each means.
///
/// `referenced + unreferenced + uploading + orphan == physical`, where all are known.
package struct CapacityTotals: Sendable, Equatable {
    package var logical: Int64
    package var deduplicated: Int64
    package var referenced: Int64
    package var unreferenced: Int64
    /// Nil where nobody has looked.
    package var uploading: Int64?
    /// Nil where nobody has looked, as in reports that are only accounted.
    package var orphan: Int64?
    /// Of `unreferenced`, what a garbage collection would free now.
    package var reclaimable: Int64
    /// What the file system has set aside for all of it, in whole blocks; nil where that was not measured.
    package var allocated: Int64?

    package init(
        logical: Int64 = 0,
        deduplicated: Int64 = 0,
        referenced: Int64 = 0,
        unreferenced: Int64 = 0,
        uploading: Int64? = nil,
        orphan: Int64? = nil,
        reclaimable: Int64 = 0,
        allocated: Int64? = nil
    ) {
        self.logical = logical
        self.deduplicated = deduplicated
        self.referenced = referenced
        self.unreferenced = unreferenced
        self.uploading = uploading
        self.orphan = orphan
        self.reclaimable = reclaimable
        self.allocated = allocated
    }

    /// What is on the disk, as far as somebody has looked.
    package var physical: Int64 { referenced + unreferenced + (uploading ?? 0) + (orphan ?? 0) }

    /// How many times over the content that is referenced is named; nil for an empty storage.
    package var deduplicationRatio: Double? { referenced > 0 ? Double(logical) / Double(referenced) : nil }
}
