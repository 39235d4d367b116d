//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the words of reports mean: printed below tables, in JSON, by `--help`, and in docs/capacity.md.
package struct CapacityDefinition: Sendable, Equatable {
    package let term: String
    package let meaning: String

    package static let all = [
        CapacityDefinition(
            term: "logical",
            meaning: "what pulling every manifest would name, duplicates counted each time"
        ),
        CapacityDefinition(term: "deduplicated", meaning: "the blobs that are reached, each counted once"),
        CapacityDefinition(
            term: "exclusive",
            meaning: "the blobs that nothing outside reaches: freed when this is deleted and garbage is collected"
        ),
        CapacityDefinition(term: "shared", meaning: "deduplicated without exclusive: what others reach too"),
        CapacityDefinition(
            term: "attributed",
            meaning: "each blob divided evenly among the repositories that reach it; the shares add up to referenced"
        ),
        CapacityDefinition(term: "referenced", meaning: "blobs that a manifest of a repository is, or names"),
        CapacityDefinition(term: "unreferenced", meaning: "blobs that no manifest of a repository is or names"),
        CapacityDefinition(term: "uploading", meaning: "files of uploads that have begun and not ended"),
        CapacityDefinition(
            term: "orphan",
            meaning: "all other files under the storage root: links, leftovers, the ledger if it is there"
        ),
        CapacityDefinition(
            term: "physical",
            meaning: "referenced, unreferenced, uploading and orphan: the sizes of all files under the storage root"
        ),
        CapacityDefinition(
            term: "reclaimable",
            meaning: "of unreferenced, what a garbage collection would free now"
        ),
    ]
}
