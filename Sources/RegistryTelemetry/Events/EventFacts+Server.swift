//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let serverStarted = EventFacts(
        "64d317d7e0934402bef520b3e64d1a8c",
        .info,
        "the registry accepts connections",
        [.address, .version],
        meaning: "The server has started and serves clients at the address.",
        action: "Nothing. If you did not start it, look for what restarted it in the lines before."
    )

    static let sidePortStarted = EventFacts(
        "d78f5531cfa34dd28170148caa409605",
        .info,
        "the side port accepts connections",
        [.address, .version],
        meaning: "Metrics and health are served at the address.",
        action: "Nothing. See to it that only those who may read them reach the address."
    )

    static let serverStopping = EventFacts(
        "39c902acffaa4a15a1aeddde69582139",
        .info,
        "no further requests are taken; those under way finish",
        meaning:
            "The server was told to end and waits, for http.draintimeout at most, for the requests under way.",
        action: "Nothing."
    )

    static let drainExpired = EventFacts(
        "61a11b2b960a49bd8503c7d8c3bc725d",
        .warn,
        "requests outlasted the drain and were cut off",
        [.connections],
        meaning: """
            Requests took longer than http.draintimeout after the server was told to end. Their lines have \
            outcome aborted, like those of clients that went away.
            """,
        action: "Clients try again by themselves. If it happens at each restart, make http.draintimeout longer."
    )

    static let serverStopped = EventFacts(
        "b5afa37bf6fb4892bc428dc4d8d638a7",
        .info,
        "the server has stopped",
        meaning: "The server ended in order; this is the last line of its run.",
        action: "Nothing. A run without this line ended by force: kill -9, no memory left, or loss of power."
    )

    static let acceptFailed = EventFacts(
        "38296d90a20146dab71f10ceec8d6656",
        .error,
        "connections cannot be accepted",
        [.cause, .suppressed],
        meaning: """
            The process or the machine has run out of what a connection takes, of file descriptors most often. \
            Clients wait; those that are connected are served. The server tries again each second, and tells of it \
            at most once in ten seconds.
            """,
        action: """
            See process_open_fds and process_max_fds. Too many open files: raise LimitNOFILE= of the service, or keep \
            connections fewer with limits.maxconnections and http.timeouts.idle.
            """
    )

    static let variableIgnored = EventFacts(
        "acbd3c7da19349dea46eec3d3b9f6ad5",
        .warn,
        "an environment variable does not do what may be expected of it",
        [.variable, .cause],
        meaning: """
            A variable of the environment has a value that Plimsoll does not know or cannot follow, or is none that it has a \
            use for, and is ignored. Or it leads traces to another server than the file does, which does not get the headers \
            that are meant for that one. The cause says which.
            """,
        action: "Correct or remove the variable, and start again."
    )

    static let reloaded = EventFacts(
        "b783b40838734540a6081a7f75ef6e8f",
        .info,
        "the configuration was read again",
        [.by, .applied, .pending],
        meaning: """
            SIGHUP or plimsoll ctl reload had the configuration read again, and it is good. What changed and can be taken in \
            while the server runs is in force; certificates and the files of users, keys and rules were read again.
            """,
        action: """
            Restart the server when it suits you if pending names keys.
            """
    )

    static let reloadFailed = EventFacts(
        "34b69b59dd9144129d9dec59ed8f388f",
        .error,
        "the configuration is no good; nothing was changed",
        [.by, .problems],
        metric: "registry_config_last_reload_successful",
        meaning: """
            SIGHUP or plimsoll ctl reload had the configuration read again, and something is wrong with it or with a \
            file that it names. The server goes on with what it had, all of it.
            """,
        action: """
            Correct what problems lists, see plimsoll config check, and reload again. A restart would fail.
            """
    )

    static let readOnlyEntered = EventFacts(
        "43bc867654a147b9a2e40ebd5809dc52",
        .warn,
        "the registry is read-only",
        [.by],
        meaning: """
            Whatever would change content is answered 405 from now on; requests under way end as if nothing were. \
            The configuration, SIGUSR2 or plimsoll ctl read-only on asked for it.
            """,
        action: """
            Nothing. plimsoll ctl read-only off ends it.
            """
    )

    static let readOnlyLeft = EventFacts(
        "77e7dab0159e49c591c61c64ef09249a",
        .info,
        "the registry takes changes again",
        [.by],
        meaning: """
            Read-only mode has ended; clients can push and delete.
            """,
        action: """
            Nothing.
            """
    )

    static let logLevelChanged = EventFacts(
        "05faec03c12943f6ac62b9cf842667f6",
        .info,
        "other events are written to the log",
        [.by, .threshold, .lasting],
        meaning: """
            plimsoll ctl log-level changed which events are written, or the time given for that is over.
            """,
        action: """
            Nothing. plimsoll ctl log-level configured goes back to the configuration at once.
            """
    )

    static let controlStarted = EventFacts(
        "80b1db9659c7429697ce5fb8dabc7472",
        .info,
        "the control socket accepts connections",
        [.path],
        meaning: """
            plimsoll ctl reaches the server at this path, as root and as the server's own user.
            """,
        action: """
            Nothing.
            """
    )

    static let controlUnavailable = EventFacts(
        "105482d32af647e8883254c2a98672de",
        .warn,
        "there is no control socket",
        [.path, .cause],
        meaning: """
            The socket that is made by default could not be made. All works but plimsoll ctl.
            """,
        action: """
            Set http.control.socket to a path that this server can make and no other uses, or to an empty one for none.
            """
    )

    static let controlCommand = EventFacts(
        "e60de4a781c94f67a6c5ccf1a904e20a",
        .info,
        "a command came over the control socket",
        [.command, .parameters, .callerUID, .callerPID],
        meaning: """
            Somebody changed the server with plimsoll ctl, and the command was carried out.
            """,
        action: """
            Nothing. It is kept to tell who did what.
            """
    )

    static let controlCommandFailed = EventFacts(
        "f2405642badf4aec8efb0c5b3adb7c62",
        .warn,
        "a command over the control socket was not carried out",
        [.command, .parameters, .callerUID, .callerPID, .cause],
        meaning: """
            Somebody wanted to change the server with plimsoll ctl, and it was refused or failed.
            """,
        action: """
            The one who asked was told the cause as well.
            """
    )

    static let watchdogStalled = EventFacts(
        "49905c889ae4431990fd0291511dd1c9",
        .error,
        "no proof of work for the watchdog",
        [.waitingFor, .waited],
        meaning: """
            The part of the server that is named gave no sign of life for so long that the service manager \
            will end and restart the server soon.
            """,
        action: "Look at what it waits for: most often a disk or a network file system that hangs."
    )
}
