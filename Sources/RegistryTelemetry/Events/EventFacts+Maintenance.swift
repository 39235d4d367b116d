//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let collectionCompleted = EventFacts(
        "b2fe3e031daf4aa289f7e06c39a76e47",
        .info,
        "garbage was collected",
        [.run, .blobs, .manifests, .size, .spared],
        metric: "registry_collection_runs_total",
        meaning: "What nothing needs was taken out: into the trash as run, or deleted.",
        action: "Nothing. plimsoll garbage-collect --undelete takes it back as long as it is in the trash."
    )

    static let collectionStopped = EventFacts(
        "ba9987b07f984ca888b57a5b57d28253",
        .info,
        "a collection of garbage was ended early",
        [.run, .blobs, .manifests, .size, .spared],
        metric: "registry_collection_runs_total",
        meaning: "Somebody has ended it, or the server went down. What was taken out until then is in order.",
        action: "Nothing. The next collection finds what is left."
    )

    static let collectionFailed = EventFacts(
        "912886b2f8364ebc96ccf7dcf6ecb5fa",
        .warn,
        "a collection of garbage has failed",
        [.run, .blobs, .manifests, .size, .spared, .cause],
        metric: "registry_collection_runs_total",
        meaning:
            "The storage failed, is read-only, or has something that cannot be read. What was taken out until then is in order.",
        action: "Look at the cause; see docs/garbage-collection.md."
    )

    static let trashEmptied = EventFacts(
        "036604ec66f4402885bec48f5fbb2cd9",
        .info,
        "the trash was emptied",
        [.size],
        metric: "registry_collection_freed_bytes_total",
        meaning: "What was long enough in the trash is deleted; size is the space that this freed.",
        action: "Nothing."
    )

    static let trashRestored = EventFacts(
        "9e2c27bb5e4140e49041961d7be60f01",
        .info,
        "something was taken back out of the trash",
        [.run, .blobs, .manifests, .size],
        meaning: "Somebody has asked for what a run had taken out, or for an image.",
        action: "Give it a tag, or the next collection may take it out once more."
    )

    static let repositoryRemoved = EventFacts(
        "4f69b0659cb84555b63b2b6e72524216",
        .info,
        "a repository was removed",
        [.repository, .run, .manifests],
        meaning:
            "Somebody has asked for it. Its links are in the trash as run, its content until the next collection where it was.",
        action: "Nothing. plimsoll garbage-collect --undelete takes it back."
    )

    static let scrubCompleted = EventFacts(
        "7320683797634bdc8287c7e47ff90bf9",
        .info,
        "all content was compared with its digests",
        [.blobs, .size, .damaged],
        metric: "registry_scrub_blobs_total",
        meaning: "A round is over; damaged is the number of blobs that were not what their digests say.",
        action: "Nothing, unless some are damaged: see blob_quarantined."
    )

    static let scrubFailed = EventFacts(
        "54128156db914c70ba367c23b1e29411",
        .warn,
        "content could not be compared with its digests",
        [.cause],
        meaning: "The storage failed; the check goes on from there later.",
        action: "Look at the cause."
    )

    static let blobQuarantined = EventFacts(
        "f0cf3eb386ea4158a688b5480514b0e4",
        .error,
        "content is not what its digest says, and was taken out",
        [.digest, .size, .cause],
        metric: "registry_scrub_quarantined_total",
        meaning:
            "A disk or a program has changed it. It is in .plimsoll/quarantine, and clients are told that it is not there.",
        action: "Push it again, from a client that has it, and check the disk."
    )
}
