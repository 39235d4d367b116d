//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let ledgerCatchingUp = EventFacts(
        "22f544e309cf4dc19bba66de318c5efc",
        .info,
        "the ledger is compared with the storage",
        [.path],
        meaning: """
            The ledger is new, or changes were made without it. The storage is gone through in the background; until \
            then listings are made from the tree, as without a ledger.
            """,
        action: "Nothing. plimsoll ctl status tells how far it has come."
    )

    static let ledgerCurrent = EventFacts(
        "c3417290e3bf43f98e2d4b993267f5f4",
        .info,
        "the ledger knows all that is in the storage",
        [.path],
        meaning: "The comparison with the storage is over, or the ledger can be used again.",
        action: "Nothing."
    )

    static let ledgerDegraded = EventFacts(
        "81584b13fb7c4132a8a4a96cb989e48d",
        .warn,
        "the ledger cannot be used; pushes and pulls go on",
        [.path, .cause],
        meaning: """
            The ledger's file is locked by another process, its disk is full or fails, or a later version wrote it. \
            Listings are made from the tree, and nothing is recorded. It is opened again by itself, and then \
            compared with the storage.
            """,
        action:
            "See the cause and docs/ledger.md. Make room, end the other process, or install the later version."
    )

    static let ledgerDamaged = EventFacts(
        "e7e303b7085f4cf7a3b796ed2f25a291",
        .error,
        "the ledger's file is damaged and was set aside; a new one is made",
        [.path, .cause],
        meaning: """
            SQLite found the file damaged. What follows from the storage is found out anew; the history of tags \
            and the counts of pulls are in the file that was set aside, at the path.
            """,
        action: "Check the disk. Remove the file that was set aside when you need nothing of it."
    )

    static let exportPublished = EventFacts(
        "efba621f7da44def97c4990b41f00881",
        .info,
        "a scheduled export was published",
        [.export, .size, .took],
        metric: "registry_report_exports_total",
        meaning: "The files of an entry of reports.schedule are where it says, under the name of the export.",
        action: "Nothing."
    )

    static let exportFailed = EventFacts(
        "f7a066e4a93849e58b3239e453bc8e4f",
        .error,
        "a scheduled export failed; it is tried again",
        [.export, .cause],
        metric: "registry_report_exports_total",
        meaning: """
            The files of an entry of reports.schedule could not be written, or pushed to the registry. Nothing of \
            it is visible, and in five minutes it is tried again.
            """,
        action: "See the cause: most often permissions or room in the folder of the export."
    )
}
