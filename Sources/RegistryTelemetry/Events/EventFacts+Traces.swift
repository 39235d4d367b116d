//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    // MARK: Traces

    static let traceExportFailing = EventFacts(
        "03d82c09677a43598bc7118a96a95c6f",
        .warn,
        "the collector takes no traces; spans that wait for too long or find no room are lost",
        [.endpoint, .cause],
        meaning: """
            The collector cannot be reached or refuses spans. It is tried again with growing pauses; serving \
            goes on. What it refuses is lost, and so is what waits for longer than OTEL_BSP_EXPORT_TIMEOUT or finds \
            the queue full; registry_trace_spans_dropped_total counts it. A collector that works now and then is told \
            of once.
            """,
        action: "Look at the cause, the collector and the network to it."
    )

    static let traceExportRecovered = EventFacts(
        "2ebd58b86c894f4689110d4ddfeff617",
        .info,
        "the collector takes traces again",
        [.endpoint],
        meaning: "Spans have reached the collector for a minute, without a failure between.",
        action: "Nothing."
    )

    static let traceExportPartial = EventFacts(
        "c7b0c00d7ec240e392311c82cfdcf95b",
        .warn,
        "the collector takes only some of the spans; the metrics count the others",
        [.endpoint, .rejected, .cause],
        meaning: "The collector answered that it did not take all spans of a batch.",
        action: "Look at the cause, which is the words of the collector: most often a limit there."
    )

    static let traceSpansLost = EventFacts(
        "147a471ec77248f6a4d6d5df3c583b17",
        .warn,
        "the server ended before all spans were delivered",
        [.lost],
        meaning: """
            Some spans were lost while the server ended: the collector did not take them within the time that there is \
            for that, or refused them, or the file could not be written.
            """,
        action: "Nothing for requests: they are in the log. If it happens at each end, look at the collector."
    )

    static let traceFileFailing = EventFacts(
        "077222e93eb74ab9b4bf1f7ccb0f1a58",
        .error,
        "traces cannot be written to their file, and are lost",
        [.file, .cause],
        meaning: """
            The disk is full or broken, or the folder is not the server's. It is tried again with each batch; \
            registry_trace_spans_dropped_total counts what is lost. A file that can be written now and then is told of \
            once.
            """,
        action: """
            Look at the cause: make room, or give the folder to the server's user. Without tracing.file there is no file.
            """
    )

    static let traceFileRecovered = EventFacts(
        "df2b768ac9034b25aa4c5e29470ac307",
        .info,
        "traces are written to their file again",
        [.file],
        meaning: "Traces have been written to the file for a minute, without a failure between.",
        action: "Nothing."
    )

    // MARK: Libraries

    static let libraryLog = EventFacts(
        "677b0c2a6af540278e06802d1bacfed8",
        nil,
        "what the library said",
        [.logger, .source, .error],
        meaning: """
            A library that the server is built on has something to say. Its metadata stand in fields whose \
            names begin with metadata.
            """,
        action: "Read msg and error. If it comes often, tell the makers of Plimsoll."
    )
}
