//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventName {
    /// What is known of the event before it happens.
    package var facts: EventFacts {
        // Present by construction: the table holds every case.
        Self.catalogue[self] ?? listed
    }

    private static let catalogue = Dictionary(uniqueKeysWithValues: allCases.map { ($0, $0.listed) })

    // One case after the other, so that the compiler sees to it that none is missing.
    private var listed: EventFacts {
        switch self {
        // MARK: The server

        case .serverStarted:
            EventFacts(
                "64d317d7e0934402bef520b3e64d1a8c",
                .info,
                "the registry accepts connections",
                [.address, .version],
                meaning: "The server has started and serves clients at the address.",
                action: "Nothing. If you did not start it, look for what restarted it in the lines before."
            )
        case .sidePortStarted:
            EventFacts(
                "d78f5531cfa34dd28170148caa409605",
                .info,
                "the side port accepts connections",
                [.address, .version],
                meaning: "Metrics and health are served at the address.",
                action: "Nothing. See to it that only those who may read them reach the address."
            )
        case .serverStopping:
            EventFacts(
                "39c902acffaa4a15a1aeddde69582139",
                .info,
                "no further requests are taken; those under way finish",
                meaning:
                    "The server was told to end and waits, for http.draintimeout at most, for the requests under way.",
                action: "Nothing."
            )
        case .drainExpired:
            EventFacts(
                "61a11b2b960a49bd8503c7d8c3bc725d",
                .warn,
                "requests outlasted the drain and were cut off",
                [.connections],
                meaning: "Requests took longer than http.draintimeout after the server was told to end.",
                action: "Clients try again by themselves. If it happens at each restart, make http.draintimeout longer."
            )
        case .serverStopped:
            EventFacts(
                "b5afa37bf6fb4892bc428dc4d8d638a7",
                .info,
                "the server has stopped",
                meaning: "The server ended in order; this is the last line of its run.",
                action: "Nothing. A run without this line ended by force: kill -9, no memory left, or loss of power."
            )
        case .variableIgnored:
            EventFacts(
                "acbd3c7da19349dea46eec3d3b9f6ad5",
                .warn,
                "an environment variable cannot be followed and is ignored",
                [.variable, .cause],
                meaning: "A variable of the environment has a value that Plimsoll does not know or cannot follow.",
                action: "Correct or remove the variable, and start again."
            )
        case .reloaded:
            EventFacts(
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
        case .reloadFailed:
            EventFacts(
                "34b69b59dd9144129d9dec59ed8f388f",
                .error,
                "the configuration is no good; nothing was changed",
                [.by, .problems],
                meaning: """
                    SIGHUP or plimsoll ctl reload had the configuration read again, and something is wrong with it or with a \
                    file that it names. The server goes on with what it had, all of it.
                    """,
                action: """
                    Correct what problems lists, see plimsoll config check, and reload again. A restart would fail.
                    """
            )
        case .readOnlyEntered:
            EventFacts(
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
        case .readOnlyLeft:
            EventFacts(
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
        case .logLevelChanged:
            EventFacts(
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
        case .controlStarted:
            EventFacts(
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
        case .controlUnavailable:
            EventFacts(
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
        case .controlCommand:
            EventFacts(
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
        case .controlCommandFailed:
            EventFacts(
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
        case .watchdogStalled:
            EventFacts(
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

        // MARK: Encryption

        case .certificateReloaded:
            EventFacts(
                "e2728e7fee8747999dda5075e005874b",
                .info,
                "the certificate was read again",
                [.path, .notAfter],
                meaning: "The files of http.tls changed, or SIGHUP came. New connections get the new certificate.",
                action: "Nothing."
            )
        case .certificateReloadFailed:
            EventFacts(
                "e8663f8a5aad489eb120518324bf222d",
                .error,
                "the certificate could not be read again; the old one stays",
                [.cause, .notAfter],
                meaning: """
                    The files of http.tls changed, or SIGHUP asked for it, and what is there now cannot be used. The \
                    server goes on with what it had, until not_after at most.
                    """,
                action: "Correct the file that the cause names. The server looks every five seconds."
            )
        case .certificateEndsSoon:
            EventFacts(
                "8537a4ff7fb14452bf098432bffb31fd",
                .warn,
                "the certificate ends within 30 days, or has ended",
                [.path, .notAfter],
                meaning: "After not_after no client accepts the certificate. Told once a day.",
                action: "Renew the certificate and replace the files of http.tls; the server reads them by itself."
            )

        case .certificateObtained:
            EventFacts(
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
        case .certificateRenewed:
            EventFacts(
                "39e409d9c864407a9d7249d281acbdb4",
                .info,
                "the authority has renewed a certificate",
                [.host, .path, .notAfter],
                metric: "registry_tls_certificate_orders_total",
                meaning: "New connections to the host get the new certificate. It is kept at path.",
                action: "Nothing."
            )
        case .certificateOrderFailed:
            EventFacts(
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
        case .certificateFolderFailed:
            EventFacts(
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
        case .acmeAccountCreated:
            EventFacts(
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

        // MARK: The storage

        case .storageUnhealthy:
            EventFacts(
                "11c4be009da54a8082ad73609ef0901f",
                .error,
                "the storage does not answer",
                [.cause],
                meaning: "The check of the storage has failed health.storagedriver.threshold times; requests get 503.",
                action: """
                    Look at the cause: the disk, its mount, or the permissions of the root directory. Service goes on \
                    by itself as soon as the storage answers.
                    """
            )
        case .storageHealthy:
            EventFacts(
                "1724902d04744171b7eae18cead6c912",
                .info,
                "the storage answers again",
                meaning: "The check of the storage succeeds again, and requests are served.",
                action: "Nothing."
            )
        case .healthCheckFailing:
            EventFacts(
                "fb6ffc65ca4d4e468871456cbc151879",
                .error,
                "a health check fails",
                [.check, .cause],
                metric: "registry_health_checks_failing",
                meaning:
                    "A check of health.file, health.http or health.tcp has failed threshold times; requests get 503.",
                action: "Look at what the check names. Service goes on by itself as soon as the check succeeds."
            )
        case .healthCheckRecovered:
            EventFacts(
                "ae25016092ee4f379069c6f2d61f180b",
                .info,
                "a health check succeeds again",
                [.check],
                meaning: "The check that failed succeeds again; requests are served unless another one fails.",
                action: "Nothing."
            )
        case .storageFull:
            EventFacts(
                "54fba2cb47ae45fcab23388745f506f0",
                .error,
                "a write was refused for want of space",
                [.cause],
                metric: "registry_storage_writes_refused_total",
                meaning: "The disk is full, or has less left than storage.reserve. Pushes get 507; pulls go on.",
                action: "Make room: remove what is not needed any more, or give the storage a larger disk."
            )
        case .linkMalformed:
            EventFacts(
                "ea4799297eb64facb153b5d5a7e74450",
                .warn,
                "a link is empty or malformed and is treated as absent; pushing again heals it",
                [.path],
                metric: "registry_storage_links_malformed_total",
                meaning: """
                    A file that should hold a digest holds none, as a crash of another server may leave it. What it \
                    leads to is answered as not found.
                    """,
                action: "Push the image again. If there are many such links, check the disk and who else writes to it."
            )
        case .linkHealed:
            EventFacts(
                "b142d546945642ffb617daafed8507ad",
                .info,
                "a malformed link was replaced by a push",
                [.path],
                metric: "registry_storage_links_healed_total",
                meaning: "A push has repaired a link that was empty or malformed.",
                action: "Nothing."
            )
        case .blobRepaired:
            EventFacts(
                "3c42a1411e674a8295548264ecb216ed",
                .warn,
                "a blob of the wrong size was replaced by a push",
                [.digest, .size, .previousSize],
                metric: "registry_storage_blobs_repaired_total",
                meaning:
                    "The content stored under a digest had another size than what was pushed and verified under it.",
                action: "The blob is whole again. Find out what damaged it: a crash of another server, or the disk."
            )
        case .blobDamaged:
            EventFacts(
                "df317085fa4e4c68928a222011d8d594",
                .error,
                "stored content is not what its digest says",
                [.digest, .repository, .cause],
                metric: "registry_storage_blobs_damaged_total",
                meaning: """
                    A read found a file that is empty, shorter than it must be, or whose content has another digest. \
                    The client gets 404, or is cut off where the answer had begun; nobody is served wrong content.
                    """,
                action: """
                    Push the image again, or copy the file from a backup: either repairs it. Then find out what \
                    damaged it: the kernel's log, and a crash of another server.
                    """
            )
        case .diskLow:
            EventFacts(
                "ebcbbd1679da40039f5c6b2ff1f95ced",
                .warn,
                "the disk of the storage is filling up",
                [.resource, .free, .total],
                meaning: "Less is free than storage.low: bytes, or inodes (files and folders). Nothing is refused yet.",
                action: "Make room: remove what is not needed any more, or give the storage a larger disk."
            )
        case .diskReserveReached:
            EventFacts(
                "586d46b9ff644dc7abe1d9ebd4d649be",
                .error,
                "the disk of the storage is full down to its reserve",
                [.resource, .free, .total],
                meaning: "Less is free than storage.reserve, or no inode is. Pushes get 507 from now on; pulls go on.",
                action: "Make room at once: remove what is not needed any more, or give the storage a larger disk."
            )
        case .diskRecovered:
            EventFacts(
                "0a7360105d1f4ca0bff230369b89be12",
                .info,
                "the disk of the storage has room again",
                [.resource, .free, .total],
                meaning: "A tenth more is free than storage.low, after a time with less.",
                action: "Nothing."
            )
        case .uploadsPurged:
            EventFacts(
                "ee5932c6123541bf849d0c382599c8e7",
                .info,
                "abandoned uploads were removed",
                [.uploads, .size, .inUse],
                metric: "registry_uploads_purged_total",
                meaning: "Uploads that began longer ago than storage.maintenance.uploadpurging.age and were not ended.",
                action: "Nothing. If there are many, look for clients whose pushes break off."
            )
        case .uploadsAbandoned:
            EventFacts(
                "ed193bdaeea249578bbd47a9a359245c",
                .info,
                "abandoned uploads were found and left, since purging only tells",
                [.uploads, .size, .inUse],
                meaning: "What a round would have removed, were storage.maintenance.uploadpurging.dryrun not set.",
                action: "Remove dryrun to have them removed; plimsoll purge-uploads --dry-run lists them."
            )
        case .uploadPurgeFailed:
            EventFacts(
                "64cefb199ebe4a949484382787c4d60c",
                .warn,
                "some abandoned uploads could not be looked at or removed",
                [.failures, .cause],
                meaning: "The storage failed at folders or uploads; all others were dealt with.",
                action: "Look at the cause, most often permissions. The next round tries again."
            )
        case .tagExpired:
            EventFacts(
                "e7c429ca3f6144509c6fbb72695708d7",
                .info,
                "a tag was removed by policy",
                [.repository, .tag, .digest, .reason],
                metric: "registry_retention_tags_total",
                meaning: "No keep of storage.maintenance.retention held for it; reason says where the rule is.",
                action: "Nothing. What it led to is there until it is collected, and can be tagged again until then."
            )
        case .retentionFailed:
            EventFacts(
                "9b571334a31d4a05af61b35474c89726",
                .warn,
                "tags could not be removed by policy",
                [.cause],
                meaning: "The ledger could not tell which tags are old, or the storage failed at some of them.",
                action: "Look at the cause; the next round tries again."
            )

        // MARK: The ledger

        case .ledgerCatchingUp:
            EventFacts(
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
        case .ledgerCurrent:
            EventFacts(
                "c3417290e3bf43f98e2d4b993267f5f4",
                .info,
                "the ledger knows all that is in the storage",
                [.path],
                meaning: "The comparison with the storage is over, or the ledger can be used again.",
                action: "Nothing."
            )
        case .ledgerDegraded:
            EventFacts(
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
        case .ledgerDamaged:
            EventFacts(
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

        case .exportPublished:
            EventFacts(
                "efba621f7da44def97c4990b41f00881",
                .info,
                "a scheduled export was published",
                [.export, .size, .took],
                metric: "registry_report_exports_total",
                meaning: "The files of an entry of reports.schedule are where it says, under the name of the export.",
                action: "Nothing."
            )
        case .exportFailed:
            EventFacts(
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

        // MARK: Maintenance

        case .collectionCompleted:
            EventFacts(
                "b2fe3e031daf4aa289f7e06c39a76e47",
                .info,
                "garbage was collected",
                [.run, .blobs, .manifests, .size, .spared],
                metric: "registry_collection_runs_total",
                meaning: "What nothing needs was taken out: into the trash as run, or deleted.",
                action: "Nothing. plimsoll garbage-collect --undelete takes it back as long as it is in the trash."
            )
        case .collectionStopped:
            EventFacts(
                "ba9987b07f984ca888b57a5b57d28253",
                .info,
                "a collection of garbage was ended early",
                [.run, .blobs, .manifests, .size, .spared],
                metric: "registry_collection_runs_total",
                meaning: "Somebody has ended it, or the server went down. What was taken out until then is in order.",
                action: "Nothing. The next collection finds what is left."
            )
        case .collectionFailed:
            EventFacts(
                "912886b2f8364ebc96ccf7dcf6ecb5fa",
                .warn,
                "a collection of garbage has failed",
                [.run, .blobs, .manifests, .size, .spared, .cause],
                metric: "registry_collection_runs_total",
                meaning:
                    "The storage failed, is read-only, or has something that cannot be read. What was taken out until then is in order.",
                action: "Look at the cause; see docs/garbage-collection.md."
            )
        case .trashEmptied:
            EventFacts(
                "036604ec66f4402885bec48f5fbb2cd9",
                .info,
                "the trash was emptied",
                [.size],
                metric: "registry_collection_freed_bytes_total",
                meaning: "What was long enough in the trash is deleted; size is the space that this freed.",
                action: "Nothing."
            )
        case .trashRestored:
            EventFacts(
                "9e2c27bb5e4140e49041961d7be60f01",
                .info,
                "something was taken back out of the trash",
                [.run, .blobs, .manifests, .size],
                meaning: "Somebody has asked for what a run had taken out, or for an image.",
                action: "Give it a tag, or the next collection may take it out once more."
            )
        case .repositoryRemoved:
            EventFacts(
                "4f69b0659cb84555b63b2b6e72524216",
                .info,
                "a repository was removed",
                [.repository, .run, .manifests],
                meaning:
                    "Somebody has asked for it. Its links are in the trash as run, its content until the next collection where it was.",
                action: "Nothing. plimsoll garbage-collect --undelete takes it back."
            )
        case .scrubCompleted:
            EventFacts(
                "7320683797634bdc8287c7e47ff90bf9",
                .info,
                "all content was compared with its digests",
                [.blobs, .size, .damaged],
                metric: "registry_scrub_blobs_total",
                meaning: "A round is over; damaged is the number of blobs that were not what their digests say.",
                action: "Nothing, unless some are damaged: see blob_quarantined."
            )
        case .scrubFailed:
            EventFacts(
                "54128156db914c70ba367c23b1e29411",
                .warn,
                "content could not be compared with its digests",
                [.cause],
                meaning: "The storage failed; the check goes on from there later.",
                action: "Look at the cause."
            )
        case .blobQuarantined:
            EventFacts(
                "f0cf3eb386ea4158a688b5480514b0e4",
                .error,
                "content is not what its digest says, and was taken out",
                [.digest, .size, .cause],
                metric: "registry_scrub_quarantined_total",
                meaning:
                    "A disk or a program has changed it. It is in .plimsoll/quarantine, and clients are told that it is not there.",
                action: "Push it again, from a client that has it, and check the disk."
            )

        // MARK: Who may do what

        case .authFileLoaded:
            EventFacts(
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
        case .authFileRejected:
            EventFacts(
                "d6891478371846c6a4620b92d32102f0",
                .error,
                "a file of users, keys or rules cannot be used; what it said before stays in force",
                [.file, .cause],
                meaning: """
                    The file of auth.htpasswd, auth.token or auth.policy has changed, and is missing, unreadable or \
                    wrong. The server goes on with what it had read before, and tries again when the file changes.
                    """,
                action: "Correct what cause names. After a restart the server would not start with this file."
            )
        case .authEntryIgnored:
            EventFacts(
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

        case .limitReached:
            EventFacts(
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
        case .slowRequest:
            EventFacts(
                "2420e73942ac4cedbe46d88bd811b9b9",
                .warn,
                "a request kept its client waiting for long",
                [.requestID, .route, .method, .repository, .status, .waited, .suppressed],
                metric: "registry_http_requests_slow_total",
                meaning: """
                    The answer to a request began later than log.slow allows, the time that the client took to send \
                    its body not counted. At most ten in a row are told of, then one in ten seconds; all are counted.
                    """,
                action: """
                    Look at the request's own line (by request_id): storage_us says how much of the time was the \
                    storage's. With traces on, plimsoll trace show has the rest.
                    """
            )

        // MARK: Notifications

        case .endpointStuck:
            EventFacts(
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

        case .endpointRecovered:
            EventFacts(
                "4c4b0ff617984b31b5e6555b709b44ee",
                .info,
                "an endpoint of notifications takes events again",
                [.endpoint, .took],
                meaning: "An endpoint that was stuck for the time in took_us has taken an event.",
                action: "Nothing. What has waited for it is sent now, in order."
            )

        case .notificationsDropped:
            EventFacts(
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

        case .deadLettersDropped:
            EventFacts(
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

        // MARK: The log itself

        case .logHeartbeat:
            EventFacts(
                "42deec7717da4492a4838f365f1daa38",
                .info,
                "the log is alive",
                [
                    .sink, .written, .lastSequence, .droppedPipelineFull, .droppedQueueFull, .droppedWriteFailed,
                    .spilled,
                ],
                metric: "registry_log_entries_total",
                meaning: """
                    Once a minute each sink tells how many entries it has written and lost in this run, and the seq of \
                    the last one before this.
                    """,
                action: "Nothing. A log without it for minutes is cut off: look at the server and the sink."
            )
        case .logDropped:
            EventFacts(
                "0738c52333614aaf9e57ec250fcc34c1",
                .error,
                "log entries were lost",
                [.sink, .lost, .reason, .firstSequence, .lastSequence],
                metric: "registry_log_entries_dropped_total",
                meaning: """
                    Entries are missing here. pipeline_full: more happened than could be turned into text, and they \
                    never got a seq. queue_full: the sink was slower than the requests. write_failed: writing failed. \
                    spilled: audit entries that the sink could not take stand in the spill file.
                    """,
                action: "Look at what the sink writes to: a full or slow disk, a stopped journald, a reader that hangs."
            )
        case .logSinkFailed:
            EventFacts(
                "ea7a1606db614c8fb2a9071e38ac9a52",
                .error,
                "a log sink does not take entries",
                [.sink, .cause],
                metric: "registry_log_write_failures_total",
                meaning: """
                    Writing to the sink fails. It is tried again with growing pauses; serving goes on, and what does \
                    not fit the sink's queue is counted as lost.
                    """,
                action: "Look at the cause. For journald: whether systemd-journald runs and its socket is there."
            )
        case .logSinkRecovered:
            EventFacts(
                "bf044f06cac649a7835ae2f2c9130f12",
                .info,
                "a log sink takes entries again",
                [.sink],
                meaning: "Writing to the sink works again.",
                action: "Nothing. Whether something was lost meanwhile is told by log_dropped."
            )
        case .auditSpilled:
            EventFacts(
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
        case .auditSpillFailed:
            EventFacts(
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
        case .auditSpillDelivered:
            EventFacts(
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
        case .auditSpillStuck:
            EventFacts(
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

        case .logRotated:
            EventFacts(
                "3a51078b3e914e09b7aecd1bedd1aea2",
                .info,
                "a log file was ended",
                [.file, .bytes, .reason],
                metric: "registry_log_rotations_total",
                meaning: "The log file reached its size or age, or was ended by command; the next one is begun.",
                action: "Nothing."
            )
        case .logCompressed:
            EventFacts(
                "d3c723118a064528bcf41c52de980d01",
                .info,
                "a log file was compressed",
                [.file, .bytes, .compressedBytes, .lines],
                metric: "registry_log_compressed_bytes_total",
                meaning: "A rotated file was compressed, the result was verified, and the plain file removed.",
                action: "Nothing."
            )
        case .logRemoved:
            EventFacts(
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
        case .logRotationFailed:
            EventFacts(
                "4a6169badddd42ce9d45b95e14e3d813",
                .error,
                "a log file could not be rotated, compressed or removed",
                [.file, .step, .error],
                metric: "registry_log_rotations_total",
                meaning: "The step failed and will be tried again; lines go on into the file that is open.",
                action: "Look at the error: a full disk, or the permissions of the folder."
            )
        case .logReopened:
            EventFacts(
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
        case .logRepaired:
            EventFacts(
                "095c2b9f1e214e5aaec2fe4e27032139",
                .warn,
                "half a line at the end of a log file was cut off",
                [.file, .bytes],
                meaning: "The file did not end with a whole line, as a crash or a loss of power leaves it.",
                action: "Nothing. The lines before are whole."
            )

        // MARK: Traces

        case .traceExportFailing:
            EventFacts(
                "03d82c09677a43598bc7118a96a95c6f",
                .warn,
                "the collector takes no traces; they are lost once the queue is full",
                [.endpoint, .cause],
                meaning: """
                    The collector cannot be reached or refuses spans. It is tried again with growing pauses; serving \
                    goes on.
                    """,
                action: "Look at the cause, the collector and the network to it."
            )
        case .traceExportRecovered:
            EventFacts(
                "2ebd58b86c894f4689110d4ddfeff617",
                .info,
                "the collector takes traces again",
                [.endpoint],
                meaning: "Spans reach the collector again.",
                action: "Nothing."
            )
        case .traceExportPartial:
            EventFacts(
                "c7b0c00d7ec240e392311c82cfdcf95b",
                .warn,
                "the collector takes only some of the spans; the metrics count the others",
                [.endpoint, .rejected, .cause],
                meaning: "The collector answered that it did not take all spans of a batch.",
                action: "Look at the cause, which is the words of the collector: most often a limit there."
            )

        case .traceSpansLost:
            EventFacts(
                "147a471ec77248f6a4d6d5df3c583b17",
                .warn,
                "the server ended before all spans were delivered",
                [.lost],
                meaning: "The collector did not take all spans within the time that the server has to end.",
                action: "Nothing for requests: they are in the log. If it happens at each end, look at the collector."
            )

        case .traceFileFailing:
            EventFacts(
                "077222e93eb74ab9b4bf1f7ccb0f1a58",
                .error,
                "traces cannot be written to their file, and are lost",
                [.file],
                meaning: """
                    The disk is full or broken, or the folder is not the server's. It is tried again with each batch; \
                    registry_trace_spans_dropped_total counts what is lost.
                    """,
                action: "Make room, or give the folder to the server's user. Without tracing.file there is no file."
            )

        // MARK: Libraries

        case .libraryLog:
            EventFacts(
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
    }
}
