//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    // MARK: The log itself

    static let logHeartbeat = EventFacts(
        "42deec7717da4492a4838f365f1daa38",
        .info,
        "the log is alive",
        [
            .sink, .written, .lastSequence, .droppedPipelineFull, .droppedQueueFull, .droppedWriteFailed,
            .droppedAuditLost, .spilled,
        ],
        metric: "registry_log_entries_total",
        meaning: """
            Once a minute each sink tells how many entries it has written and lost in this run, and the seq of \
            the last one before this.
            """,
        action: "Nothing. A log without it for minutes is cut off: look at the server and the sink."
    )

    static let logDropped = EventFacts(
        "0738c52333614aaf9e57ec250fcc34c1",
        .error,
        "log entries were lost",
        [.sink, .lost, .reason, .firstSequence, .lastSequence],
        metric: "registry_log_entries_dropped_total",
        meaning: """
            Entries are missing here. pipeline_full: more happened than could be turned into text, and they \
            never got a seq. queue_full: the sink was slower than the requests, or hung. write_failed: writing \
            failed for longer than the queue had room, or until the server ended; log_sink_failed tells why. \
            spilled: audit entries that the sink could not take stand in the spill file.
            """,
        action: "Look at what the sink writes to: a full or slow disk, a stopped journald, a reader that hangs."
    )

    static let logSinkFailed = EventFacts(
        "ea7a1606db614c8fb2a9071e38ac9a52",
        .error,
        "a log sink does not take entries",
        [.sink, .cause],
        metric: "registry_log_write_failures_total",
        meaning: """
            Writing to the sink fails. It is tried again with growing pauses; serving goes on, and what does \
            not fit the sink's queue is counted as lost, as write_failed.
            """,
        action: "Look at the cause. For journald: whether systemd-journald runs and its socket is there."
    )

    static let logSinkRecovered = EventFacts(
        "bf044f06cac649a7835ae2f2c9130f12",
        .info,
        "a log sink takes entries again",
        [.sink],
        meaning: "Writing to the sink works again.",
        action: "Nothing. Whether something was lost meanwhile is told by log_dropped."
    )

    static let auditSpilled = EventFacts(
        "d5c2196c34d941a5b772e4ae5f1afe74",
        .error,
        "audit entries go to the spill file",
        [.sink, .path],
        metric: "registry_log_entries_dropped_total",
        meaning: """
            A sink for audit entries did not take them in time, so they are written to log.spill.path. The \
            event is told once, until the sink works again.
            """,
        action: "Repair the sink. The entries wait in the spill file, and follow when the sink works again."
    )

    static let auditSpillFailed = EventFacts(
        "4bd9de9f1aad4b04bc2fde6c1eb808e3",
        .error,
        "audit entries are lost",
        [.sink, .cause],
        metric: "registry_log_entries_dropped_total",
        meaning: """
            A sink for audit entries did not take them in time, and there is no spill file, or it is full or \
            cannot be written.
            """,
        action: "Repair the sink. Configure log.spill.path on another disk, or make room there."
    )

    static let auditSpillDelivered = EventFacts(
        "578f3a3603e4409fb452487587f0ed39",
        .info,
        "spilled audit entries were delivered",
        [.sink, .entries, .path],
        metric: "registry_log_spill_delivered_total",
        meaning: """
            The sink works again, and has got the audit entries that stood in its spill file, with the seq and \
            the epoch they had; the file is removed. What a killed run has left is delivered by the next one.
            """,
        action: "Nothing. If the server was killed meanwhile, one entry may stand in the log twice."
    )

    static let auditSpillStuck = EventFacts(
        "7b9672ab1bd64e3a944c996d7169d9f5",
        .error,
        "spilled audit entries cannot be delivered",
        [.sink, .cause],
        meaning: """
            The spill file cannot be read or marked, or was written for a sink of another form. It stays as it \
            is, and is tried again a minute later.
            """,
        action: "Look at the cause. Move the file to where the auditor finds it, or repair it."
    )

    // MARK: Log files

    static let logRotated = EventFacts(
        "3a51078b3e914e09b7aecd1bedd1aea2",
        .info,
        "a log file was ended",
        [.file, .bytes, .reason],
        metric: "registry_log_rotations_total",
        meaning: "The log file reached its size or age, or was ended by command; the next one is begun.",
        action: "Nothing."
    )

    static let logCompressed = EventFacts(
        "d3c723118a064528bcf41c52de980d01",
        .info,
        "a log file was compressed",
        [.file, .bytes, .compressedBytes, .lines],
        metric: "registry_log_compressed_bytes_total",
        meaning: "A rotated file was compressed, the result was verified, and the plain file removed.",
        action: "Nothing."
    )

    static let logRemoved = EventFacts(
        "c5d715b72eda4e0495972d9a9f81870c",
        .info,
        "a log file was removed",
        [.file, .bytes, .reason, .lines, .firstEpoch, .firstSequence, .lastEpoch, .lastSequence],
        metric: "registry_log_files_removed_total",
        meaning: """
            A rotated file was removed, as maxfiles, maxtotal, minfree or the retention demands; its lines \
            are gone.
            """,
        action: """
            Nothing, if the limits are what you want. Copy log files elsewhere before they reach them.
            """
    )

    static let logRotationFailed = EventFacts(
        "4a6169badddd42ce9d45b95e14e3d813",
        .error,
        "a log file could not be rotated, compressed or removed",
        [.file, .step, .error],
        metric: "registry_log_rotations_total",
        meaning: """
            The step failed and will be tried again; lines go on into the file that is open. The same trouble is told \
            of again every ten minutes.
            """,
        action: "Look at the error: a full disk, or the permissions of the folder."
    )

    static let logReopened = EventFacts(
        "9475317853304bf9bf89f45897c6b5d6",
        .info,
        "a log file was opened anew",
        [.file],
        meaning: """
            The file was moved or removed by another program, or reopening was asked for; what comes now is \
            in a new file.
            """,
        action: "Nothing, if it was logrotate or you."
    )

    static let logRepaired = EventFacts(
        "095c2b9f1e214e5aaec2fe4e27032139",
        .warn,
        "half a line at the end of a log file was cut off",
        [.file, .bytes],
        meaning: "The file did not end with a whole line, as a crash or a loss of power leaves it.",
        action: "Nothing. The lines before are whole."
    )
}
