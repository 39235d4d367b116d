//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let log: [ConfigurationKey] =
        [
            ConfigurationKey("log", .section, "what is logged, and where to").template(""),
            ConfigurationKey("log.level", .level, "the least important level that is written", default: "info")
                .replacing("loglevel").template("info"),
            ConfigurationKey(
                "log.formatter",
                .word(["json"]),
                "the form of the lines; Plimsoll always writes JSON lines",
                default: "json"
            ),
            ConfigurationKey(
                "log.fields",
                .map(of: .text),
                "text that every line carries, by name",
                example: "{site: bremen}"
            )
            .template("{service: registry}"),
            ConfigurationKey("log.accesslog", .section, "the line that each request leaves"),
            ConfigurationKey("log.accesslog.disabled", .truth, "leaves it out", default: "false"),
            ConfigurationKey(
                "log.slow",
                .duration(zero: true),
                "a request that lets its client wait for longer for its answer gets an event, `slow_request`; `0` for none",
                default: "5s",
                .plimsoll
            ).template("5s"),
            ConfigurationKey(
                "log.hooks",
                .sections,
                "mails for entries of the log",
                example: "[{type: mail, disabled: true}]"
            ).refused(
                "Plimsoll sends no mail; let the alerts of config/prometheus or what reads the log do it, and remove the key"
            ),
            ConfigurationKey("log.hooks[].disabled", .truth, "switches the hook off", default: "false"),
            ConfigurationKey("log.hooks[].type", .word(["mail"]), "the kind of hook"),
            ConfigurationKey("log.hooks[].levels", .list(of: .level), "the levels that are mailed"),
            ConfigurationKey("log.hooks[].options", .section, "how mail is sent"),
            ConfigurationKey("log.hooks[].options.smtp", .section, "the mail server"),
            ConfigurationKey("log.hooks[].options.smtp.addr", .address, "where the mail server listens"),
            ConfigurationKey("log.hooks[].options.smtp.username", .text, "the user there"),
            ConfigurationKey("log.hooks[].options.smtp.password", .text, "the user's password").secret(),
            ConfigurationKey("log.hooks[].options.smtp.insecure", .truth, "trusts any certificate", default: "false"),
            ConfigurationKey("log.hooks[].options.from", .text, "who sends"),
            ConfigurationKey("log.hooks[].options.to", .list(of: .text), "who receives"),
            ConfigurationKey("log.reportcaller", .truth, "the place in the source in every line", .version3).refused(
                "entries are told apart by their event, which never changes (docs/events.md); remove the key"
            ),
        ] + sinks

    private static let sinks: [ConfigurationKey] = [
        ConfigurationKey(
            "log.sinks",
            .section,
            "where entries go: any set of these at once, each with a level and kinds of its own",
            .plimsoll
        ).template(""),
        ConfigurationKey("log.sinks.stdout", .section, "the standard output: JSON lines", .plimsoll).template(""),
        ConfigurationKey(
            "log.sinks.stdout.enabled",
            .truthOrAuto,
            "writes there; `auto`: unless it ends in the journal that the sink `journald` writes to",
            default: "auto",
            .plimsoll
        ).template("auto"),
        sinkLevel("stdout"), sinkKinds("stdout"),
        ConfigurationKey(
            "log.sinks.journald",
            .section,
            "systemd's journal, by its native protocol: one field a fact, as in `journalctl HTTP_STATUS=404`",
            .plimsoll
        ).template(""),
        ConfigurationKey(
            "log.sinks.journald.enabled",
            .truthOrAuto,
            "writes there; `auto`: where systemd has connected the server's output to the journal",
            default: "auto",
            .plimsoll
        ).template("auto"),
        ConfigurationKey(
            "log.sinks.journald.socket",
            .path(.watched),
            "the journal's socket",
            default: "/run/systemd/journal/socket",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.journald.message",
            .word(["json", "text"]),
            "what stands in `MESSAGE`: the same line as elsewhere, or a few words",
            default: "json",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.journald.batch",
            .number(from: 1),
            "entries that are sent together at most: more than one are less work for server and journal; systemd describes one alone",
            default: "8",
            .plimsoll
        ),
        sinkLevel("journald"), sinkKinds("journald"),
        ConfigurationKey("log.sinks.file", .section, "a file that is rotated", .plimsoll),
        ConfigurationKey(
            "log.sinks.file.path",
            .path(.made),
            "the file, whose folder must exist; the sink is on when this is set",
            example: "/var/log/plimsoll/access.log",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.maxsize",
            .size,
            "the size at which the file is rotated; `0` is never",
            default: "100MiB",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.maxage",
            .duration(zero: true),
            "the age at which the file is rotated; `0` is never",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.rotateat",
            .word(["none", "hourly", "daily"]),
            "the mark of the clock (UTC) at which the file is rotated besides",
            default: "none",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.maxfiles",
            .number(from: 0),
            "rotated files that are kept; `0` is all",
            default: "50",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.maxtotal",
            .size,
            "what all files may take together; `0` is without limit",
            default: "5GiB",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.minfree",
            .size,
            "what stays free on the disk, for the sake of which rotated files are removed; `0` is nothing",
            default: "1GiB",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.retention",
            .duration(zero: true),
            "how long rotated files are kept; `0` is as long as the other limits allow",
            default: "0",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.compression",
            .word(["gzip", "none"]),
            "what becomes of rotated files",
            default: "gzip",
            .plimsoll
        ),
        ConfigurationKey(
            "log.sinks.file.format",
            .word(["json", "combined"]),
            "how lines look: `json` has everything; `combined` is Apache's format for tools that read nothing else: requests "
                + "alone, without numbers, so that `logs verify` cannot check it, and events go to the other sinks only",
            default: "json",
            .plimsoll
        ),
        sinkLevel("file"), sinkKinds("file"),
        ConfigurationKey(
            "log.spill",
            .section,
            "files for audit entries that a sink does not take in time, until it does; better on another disk than the log",
            .plimsoll
        ),
        ConfigurationKey(
            "log.spill.path",
            .path(.made),
            "each sink's file has its name before the suffix, such as `audit-spill-file.log`; the folder must exist; without "
                + "a place such entries are lost, and counted",
            example: "/srv/plimsoll/audit-spill.log",
            defaultWords: "audit-spill.log in the unit's StateDirectory=, else none",
            .plimsoll
        ),
        ConfigurationKey(
            "log.spill.maxsize",
            .size,
            "what each file has at most; `0` is without limit",
            default: "64MiB",
            .plimsoll
        ),
    ]

    private static func sinkLevel(_ sink: String) -> ConfigurationKey {
        ConfigurationKey(
            "log.sinks.\(sink).level",
            .level,
            "the least important level, for requests too; without it all requests, and events by `log.level`",
            example: "info",
            .plimsoll
        )
    }

    private static func sinkKinds(_ sink: String) -> ConfigurationKey {
        ConfigurationKey(
            "log.sinks.\(sink).kinds",
            .list(of: .word(["access", "event", "audit"])),
            "what is taken: requests, what happens beside them, and for auditors: denials, writes, deletions, changes of the server",
            default: "[access, event, audit]",
            .plimsoll
        )
    }
}
