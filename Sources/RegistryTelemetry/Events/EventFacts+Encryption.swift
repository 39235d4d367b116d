//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let certificateReloaded = EventFacts(
        "e2728e7fee8747999dda5075e005874b",
        .info,
        "the certificate was read again",
        [.path, .notAfter],
        meaning: "The files of http.tls changed, or SIGHUP came. New connections get the new certificate.",
        action: "Nothing."
    )

    static let certificateReloadFailed = EventFacts(
        "e8663f8a5aad489eb120518324bf222d",
        .error,
        "the certificate could not be read again; the old one stays",
        [.cause, .notAfter],
        metric: "registry_watched_files_rejected",
        meaning: """
            The files of http.tls changed, or SIGHUP asked for it, and what is there now cannot be used. The \
            server goes on with what it had, until not_after at most.
            """,
        action: "Correct the file that the cause names. The server looks every five seconds."
    )

    static let certificateEndsSoon = EventFacts(
        "8537a4ff7fb14452bf098432bffb31fd",
        .warn,
        "the certificate ends within 30 days, or has ended",
        [.path, .notAfter],
        meaning: "After not_after no client accepts the certificate. Told once a day.",
        action: "Renew the certificate and replace the files of http.tls; the server reads them by itself."
    )

    static let certificateObtained = EventFacts(
        "3d587ee1e7464a85bdbe2efe2c67c1b7",
        .info,
        "the authority has issued a certificate",
        [.host, .path, .notAfter],
        metric: "registry_tls_certificate_orders_total",
        meaning: """
            The authority of http.tls.letsencrypt has issued the first certificate for the host; clients are served \
            with it from now on. It is kept at path.
            """,
        action: "Nothing."
    )

    static let certificateRenewed = EventFacts(
        "39e409d9c864407a9d7249d281acbdb4",
        .info,
        "the authority has renewed a certificate",
        [.host, .path, .notAfter],
        metric: "registry_tls_certificate_orders_total",
        meaning: "New connections to the host get the new certificate. It is kept at path.",
        action: "Nothing."
    )

    static let certificateOrderFailed = EventFacts(
        "854080b979ea458f8241149daa793fda",
        .warn,
        "a certificate could not be ordered",
        [.host, .step, .reason, .cause, .attempts, .nextAttempt, .notAfter],
        metric: "registry_tls_certificate_orders_total",
        meaning: """
            The authority of http.tls.letsencrypt did not issue a certificate for the host. The one that is in use \
            goes on being used until not_after; without not_after there is none, and clients of the host are refused.
            """,
        action: """
            Look at reason and cause. challenge_failed: the authority must reach this server by the name of the host, \
            on port 443. unreachable: the server must reach the authority and trust its certificate. \
            rate_limited: wait. The server tries again at next_attempt.
            """
    )

    static let certificateFolderFailed = EventFacts(
        "90b33300e6854884a37eb9e1206b26bc",
        .error,
        "a certificate could not be kept, or not read",
        [.path, .cause],
        meaning: """
            A file in the folder http.tls.letsencrypt.cachefile cannot be read or written, or what is in it is no \
            key with a certificate. A certificate that could not be written is in use, but lost with the next \
            restart, which orders another; what could not be read is ordered anew.
            """,
        action: "Correct what cause says: permissions, room on the disk, or a file that somebody has changed."
    )

    static let acmeAccountCreated = EventFacts(
        "4ea02a553efe4080b374496103ee536c",
        .info,
        "an account was created with the authority",
        [.endpoint, .terms],
        meaning: """
            The server has no account with the authority of http.tls.letsencrypt yet, and has made one with the key \
            in the folder cachefile. By that it has agreed to the terms of service, as Distribution does.
            """,
        action: "Read the terms. Keep the folder: without its key the next start makes another account."
    )
}
