//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    // MARK: Who may do what

    static let authFileLoaded = EventFacts(
        "64d44d8cad714fd9b29a06ddff458ad3",
        .info,
        "a file of users, keys or rules has changed and is in force",
        [.file, .entries],
        meaning: """
            The file of auth.htpasswd, auth.token or auth.policy was read again after it had changed. Who was \
            known before is verified anew.
            """,
        action: "Nothing. If nobody has changed the file on purpose, find out who did."
    )

    static let authFileRejected = EventFacts(
        "d6891478371846c6a4620b92d32102f0",
        .error,
        "a file of users, keys or rules cannot be used; what it said before stays in force",
        [.file, .cause],
        metric: "registry_watched_files_rejected",
        meaning: """
            The file of auth.htpasswd, auth.token or auth.policy has changed, and is missing, unreadable or \
            wrong. The server goes on with what it had read before, and tries again when the file changes.
            """,
        action: "Correct what cause names. After a restart the server would not start with this file."
    )

    static let authEntryIgnored = EventFacts(
        "db8cd5b902bc4e9bba61fad4378bb671",
        .warn,
        "an entry of a file of users or keys is ignored",
        [.file, .line, .cause],
        meaning: """
            A line of the file of users has a password that is not hashed with bcrypt, or a key set has a key \
            that cannot verify tokens. Nobody can sign in by this entry.
            """,
        action: "Make the entry anew: plimsoll htpasswd hashes with bcrypt, as does htpasswd -B."
    )

    // MARK: Requests

    static let limitReached = EventFacts(
        "9a95d8c298f74d27bae046f0eae0b74a",
        .warn,
        "a client asked for more than the limits allow, or was too slow",
        [.limit, .client, .user, .suppressed],
        metric: "registry_limit_refusals_total",
        meaning: """
            A request or connection was refused, or cut off, by one of limits or http.timeouts. At most five in \
            a row are told of for each limit, then one in ten seconds; all are counted.
            """,
        action: """
            If the client is honest, raise the limit, or have it ask less often. All clients behind one proxy \
            have one address.
            """
    )

    static let slowRequest = EventFacts(
        "2420e73942ac4cedbe46d88bd811b9b9",
        .warn,
        "a request kept its client waiting for long",
        [.requestID, .route, .method, .repository, .status, .waited, .suppressed],
        metric: "registry_http_requests_slow_total",
        meaning: """
            The answer to a request began later than log.slow allows, the time that the client took to send \
            its body not counted, or would have if the client had not gone. At most ten in a row are told of, then one in \
            ten seconds; all are counted.
            """,
        action: """
            Look at the request's own line (by request_id): storage_us says how much of the time was the \
            storage's. With traces on, plimsoll trace show has the rest.
            """
    )
}
