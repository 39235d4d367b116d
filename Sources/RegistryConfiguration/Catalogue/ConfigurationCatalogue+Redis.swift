//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let redis: [ConfigurationKey] = [
        ConfigurationKey("redis", .section, "a server that several registries keep facts at").refused(
            "not supported yet: facts are kept in memory (storage.cache.blobdescriptor: inmemory); remove the section"
        ),
        ConfigurationKey("redis.addrs", .list(of: .address), "where the servers listen", .version3),
        ConfigurationKey("redis.clientname", .text, "the name that connections get", .version3),
        ConfigurationKey("redis.db", .number(from: 0), "the number of the database"),
        ConfigurationKey("redis.protocol", .number(from: 0), "the version of the protocol", .version3),
        ConfigurationKey("redis.username", .text, "the user", .version3),
        ConfigurationKey("redis.password", .text, "the user's password").secret(),
        ConfigurationKey("redis.sentinelusername", .text, "the user at the sentinels", .version3),
        ConfigurationKey("redis.sentinelpassword", .text, "that user's password", .version3).secret(),
        ConfigurationKey("redis.maxretries", .number(from: 0), "attempts after the first", .version3),
        ConfigurationKey(
            "redis.minretrybackoff",
            .duration(zero: true),
            "the shortest pause between attempts",
            .version3
        ),
        ConfigurationKey(
            "redis.maxretrybackoff",
            .duration(zero: true),
            "the longest pause between attempts",
            .version3
        ),
        ConfigurationKey("redis.dialtimeout", .duration(zero: true), "for connecting"),
        ConfigurationKey("redis.readtimeout", .duration(zero: true), "for an answer"),
        ConfigurationKey("redis.writetimeout", .duration(zero: true), "for a command"),
        ConfigurationKey("redis.contexttimeoutenabled", .truth, "also obeys the time limits of requests", .version3),
        ConfigurationKey("redis.poolfifo", .truth, "takes the connection that has been idle for longest", .version3),
        ConfigurationKey("redis.poolsize", .number(from: 0), "connections to a server", .version3),
        ConfigurationKey("redis.pooltimeout", .duration(zero: true), "for a connection to become free", .version3),
        ConfigurationKey("redis.minidleconns", .number(from: 0), "idle connections at least", .version3),
        ConfigurationKey("redis.maxidleconns", .number(from: 0), "idle connections at most", .version3),
        ConfigurationKey("redis.maxactiveconns", .number(from: 0), "connections at most", .version3),
        ConfigurationKey(
            "redis.connmaxidletime",
            .duration(zero: true),
            "how long a connection may be idle",
            .version3
        ),
        ConfigurationKey("redis.connmaxlifetime", .duration(zero: true), "how long a connection may live", .version3),
        ConfigurationKey("redis.maxredirects", .number(from: 0), "redirects that are followed in a cluster", .version3),
        ConfigurationKey("redis.readonly", .truth, "reads from replicas too", .version3),
        ConfigurationKey("redis.routebylatency", .truth, "reads from the nearest server", .version3),
        ConfigurationKey("redis.routerandomly", .truth, "reads from any server", .version3),
        ConfigurationKey("redis.mastername", .text, "the name that sentinels have for the servers", .version3),
        ConfigurationKey("redis.disableidentity", .truth, "does not tell the library's name", .version3),
        ConfigurationKey("redis.identitysuffix", .text, "what is told behind it", .version3),
        ConfigurationKey("redis.unstableresp3", .truth, "takes answers of RESP 3 that may change", .version3),
        ConfigurationKey("redis.tls", .section, "encryption", .version3),
        ConfigurationKey("redis.tls.certificate", .path(.read), "the client's certificate", .version3),
        ConfigurationKey("redis.tls.key", .path(.readSecret), "the certificate's key", .version3),
        ConfigurationKey("redis.tls.rootcas", .list(of: .path(.read)), "the authorities that are trusted", .version3),
        ConfigurationKey("redis.addr", .address, "where the server listens", .version2),
        ConfigurationKey("redis.pool", .section, "the connections", .version2),
        ConfigurationKey("redis.pool.maxidle", .number(from: 0), "idle connections at most", .version2),
        ConfigurationKey("redis.pool.maxactive", .number(from: 0), "connections at most", .version2),
        ConfigurationKey(
            "redis.pool.idletimeout",
            .duration(zero: true),
            "how long a connection may be idle",
            .version2
        ),
    ]
}
