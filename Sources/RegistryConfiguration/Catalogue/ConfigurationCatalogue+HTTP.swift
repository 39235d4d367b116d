//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let http: [ConfigurationKey] = [
        ConfigurationKey("http", .section, "the listeners, and how clients see the registry").required().template(""),
        ConfigurationKey(
            "http.addr",
            .form("`host:port` or path", pattern: ".+"),
            "where clients are listened to; `:port` for every address, port `0` for any; IPv6 in brackets",
            example: "\":5000\""
        ).required().template("\":5000\""),
        ConfigurationKey(
            "http.net",
            .word(["tcp", "unix"]),
            "with `unix`, `http.addr` is the path of a socket, of at most 107 bytes",
            default: "tcp"
        ),
        ConfigurationKey(
            "http.prefix",
            .form("path of a URL", pattern: "^(/.*)?$"),
            "what all paths begin with; a missing `/` at the end is added",
            example: "/registry/"
        ).effective { $0.hasSuffix("/") ? $0 : $0 + "/" },
        ConfigurationKey(
            "http.host",
            .url,
            "how clients reach the registry from outside; `http` or `https`",
            example: "https://registry.example.com",
            defaultWords: "the `Host` header of each request"
        ),
        ConfigurationKey(
            "http.secret",
            .text,
            "signs upload states; the same for all replicas behind one address",
            example: "change-me",
            defaultWords: "a random one at each start"
        ).secret(),
        ConfigurationKey(
            "http.relativeurls",
            .truth,
            "leaves scheme and host out of `Location` headers",
            default: "false"
        ),
        ConfigurationKey(
            "http.draintimeout",
            .duration(zero: true),
            "how long requests may take to end after SIGTERM; `0` ends them at once",
            default: "30s"
        ),
        ConfigurationKey(
            "http.headers",
            .map(of: .list(of: .text)),
            "headers that every answer carries: lists of values by name",
            example: "{X-Content-Type-Options: [nosniff]}"
        ).template("{X-Content-Type-Options: [nosniff]}"),
        ConfigurationKey("http.http2", .section, "HTTP/2"),
        ConfigurationKey(
            "http.http2.disabled",
            .truth,
            "offers clients with TLS no HTTP/2, only HTTP/1.1",
            default: "false"
        ),
        ConfigurationKey("http.h2c", .section, "HTTP/2 without TLS", .version3),
        ConfigurationKey(
            "http.h2c.enabled",
            .truth,
            "takes HTTP/2 from clients that begin with it on a plain connection (prior knowledge), or ask for it by `Upgrade: h2c`",
            default: "false",
            .version3
        ),
        ConfigurationKey(
            "http.debug",
            .section,
            "the side port: whoever reaches it sees metrics and health, so keep it to yourself"
        ).template(""),
        ConfigurationKey(
            "http.debug.addr",
            .address,
            "where it listens; required where prometheus is enabled; without it there is none",
            example: "127.0.0.1:5001"
        ).template("127.0.0.1:5001"),
        ConfigurationKey("http.debug.prometheus", .section, "metrics").template(""),
        ConfigurationKey("http.debug.prometheus.enabled", .truth, "serves metrics on the side port", default: "false")
            .template("true"),
        ConfigurationKey(
            "http.debug.prometheus.path",
            .form("path of a URL", pattern: "^(/.*)?$"),
            "the path of the metrics",
            default: "/metrics"
        ),
        ConfigurationKey(
            "http.debug.prometheus.usage",
            .truth,
            "counts pulls, pushes and bytes by repository, on the page `usage` below that path: who reads it learns "
                + "the names of the repositories; each request takes a lock for it",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey("http.control", .section, "the socket for `plimsoll ctl`", .plimsoll),
        ConfigurationKey(
            "http.control.socket",
            .path(.made),
            "its path, of at most 107 bytes; an empty one leaves the socket out",
            example: "/srv/plimsoll/control.sock",
            defaultWords:
                "control.sock in the unit's RuntimeDirectory=, else in /run/plimsoll if that is there, else in "
                + "$XDG_RUNTIME_DIR/plimsoll",
            .plimsoll
        ),
        ConfigurationKey("http.timeouts", .section, "how long clients may take; all above 0", .plimsoll),
        timeout("header", "from the first byte of a request to the end of its head", "15s"),
        timeout("idle", "between two requests on one connection", "120s"),
        timeout("body", "between two pieces of a request's body", "60s"),
        timeout("write", "between two pieces of an answer that the client takes in", "60s"),
    ]

    private static func timeout(_ name: String, _ meaning: String, _ value: String) -> ConfigurationKey {
        ConfigurationKey("http.timeouts.\(name)", .duration(zero: false), meaning, default: value, .plimsoll)
    }

    static let tls: [ConfigurationKey] = [
        ConfigurationKey(
            "http.tls",
            .choice,
            "encryption: a certificate of your own, or one from an authority by ACME (`letsencrypt`)"
        ),
        ConfigurationKey(
            "http.tls.certificate",
            .path(.read),
            "the certificate and those that lead to its authority, in PEM form",
            example: "/etc/plimsoll/tls/server.pem"
        ),
        ConfigurationKey(
            "http.tls.key",
            .path(.readSecret),
            "the certificate's key, in PEM form; needed with a certificate",
            example: "/etc/plimsoll/tls/server.key"
        ),
        ConfigurationKey(
            "http.tls.clientcas",
            .list(of: .path(.read)),
            "the authorities that clients' certificates must come from",
            example: "[/etc/plimsoll/tls/clients.pem]"
        ),
        ConfigurationKey(
            "http.tls.clientauth",
            .word(TLSSettings.ClientAuthentication.names),
            "whether clients need certificates",
            example: "verify-client-cert-if-given",
            defaultWords: "`require-and-verify-client-cert` with `clientcas`, or else none",
            .version3
        ),
        ConfigurationKey(
            "http.tls.minimumtls",
            .word(["tls1.2", "tls1.3"]),
            "the oldest version of TLS that is spoken",
            default: "tls1.2"
        ),
        ConfigurationKey(
            "http.tls.ciphersuites",
            .list(of: .word(TLSCipherSuite.allCases.map(\.rawValue))),
            "the suites of TLS 1.2, best first, by their names in Go; those of TLS 1.3 are always on",
            example: "[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]",
            defaultWords: "all nine"
        ),
        ConfigurationKey("http.tls.letsencrypt", .choice, "a certificate from an authority by ACME, renewed in time"),
        ConfigurationKey(
            "http.tls.letsencrypt.cachefile",
            .path(.folder),
            "the folder that keeps the account's key and the certificates, in Distribution's form; required here",
            example: "/var/lib/plimsoll/acme"
        ),
        ConfigurationKey(
            "http.tls.letsencrypt.email",
            .text,
            "whom the authority writes to",
            example: "admin@example.com"
        ),
        ConfigurationKey(
            "http.tls.letsencrypt.hosts",
            .list(of: .text),
            "the names of this registry, each of which gets a certificate; the authority must reach it by them on port 443; required here",
            example: "[registry.example.com]"
        ),
        ConfigurationKey(
            "http.tls.letsencrypt.directoryurl",
            .url,
            "the authority's directory; its own certificate must be one that the system trusts, or the file in `SSL_CERT_FILE`",
            default: ACMESettings.letsEncrypt,
            .version3
        ),
    ]
}
