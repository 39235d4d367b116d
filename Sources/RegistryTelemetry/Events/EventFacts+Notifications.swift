//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let endpointStuck = EventFacts(
        "2eafe6152cc04f449094a03514396c7f",
        .error,
        "an endpoint of notifications does not take events",
        [.endpoint, .cause, .attempts],
        meaning: """
            As many requests in a row as its threshold says were refused or not answered. Events wait in its \
            queue, and it is asked now and then whether it takes them again. Other endpoints notice nothing.
            """,
        action: """
            Read cause. Look at the receiver, then try it with plimsoll events test. What the bounds of the \
            queue drop meanwhile is told of by notifications_dropped.
            """
    )

    static let endpointRecovered = EventFacts(
        "4c4b0ff617984b31b5e6555b709b44ee",
        .info,
        "an endpoint of notifications takes events again",
        [.endpoint, .took],
        meaning: "An endpoint that was stuck for the time in took_us has taken an event.",
        action: "Nothing. What has waited for it is sent now, in order."
    )

    static let notificationsVolatile = EventFacts(
        "c84ef09f770444d9a6099a790d458ffd",
        .warn,
        "events for endpoints of notifications do not survive a restart",
        meaning: """
            There are endpoints and no ledger, in which events would be kept: content is in memory, ledger.enabled is \
            false, or content is in an object store and ledger.path is not given. What waits for endpoints is in the \
            memory of the server, up to 256 MiB, and is lost when it ends.
            """,
        action: """
            Where events must arrive, give the server a ledger. Otherwise nothing: distribution keeps events the same way.
            """
    )

    static let notificationsDropped = EventFacts(
        "ac522995deb349caba82adca2c70381d",
        .error,
        "events for an endpoint of notifications were given up",
        [.endpoint, .reason, .lost],
        meaning: """
            The queue has reached its bound by count, bytes or age, or (retries) an event was refused more \
            often than maxretries allows. They are among the dead letters.
            """,
        action: """
            Look at them with plimsoll events list --state dead. When the receiver works again, plimsoll events \
            retry sends them once more, or plimsoll events drop removes them for good.
            """
    )

    static let deadLettersDropped = EventFacts(
        "1883d1a52b9f468d8a1b594f313309e5",
        .error,
        "dead letters of an endpoint of notifications are gone for good",
        [.endpoint, .reason, .lost],
        meaning: """
            More events were given up than the endpoint's deadletters keeps (count), or they were given up longer ago \
            than that (age). The oldest were removed, and cannot be sent any more.
            """,
        action: """
            Look at those that are left with plimsoll events list --state dead, and send or drop them by hand. If they \
            must be kept for longer, make deadletters wider; it takes room in the ledger.
            """
    )
}
