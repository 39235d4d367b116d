//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The checks behind `/debug/health`.
package struct HealthSettings: Sendable, Equatable {
    /// The check of the storage.
    package var storageDriver: StorageHealth
    /// Checks that fail while a file exists.
    package var files: [FileCheck]
    /// Checks of other servers by a HEAD request.
    package var http: [HTTPCheck]
    /// Checks whether other servers take connections.
    package var tcp: [TCPCheck]

    /// Creates settings; what is left out has its default.
    package init(
        storageDriver: StorageHealth = StorageHealth(),
        files: [FileCheck] = [],
        http: [HTTPCheck] = [],
        tcp: [TCPCheck] = []
    ) {
        self.storageDriver = storageDriver
        self.files = files
        self.http = http
        self.tcp = tcp
    }

    /// Fails while a file exists.
    package struct FileCheck: Sendable, Equatable {
        package var path: String
        package var interval: Duration

        /// Creates a check; what is left out has its default.
        package init(path: String, interval: Duration = .seconds(10)) {
            self.path = path
            self.interval = interval
        }
    }

    /// Fails while a server does not answer as it should.
    package struct HTTPCheck: Sendable, Equatable {
        /// A URL with http or https.
        package var url: String
        /// Headers of the request, which may be secrets.
        package var headers: [Header]
        /// The status that is right, from 100 to 599.
        package var status: Int
        /// For one check; above 0.
        package var timeout: Duration
        package var interval: Duration
        /// Failures in a row that count; 0 and 1 mean the first.
        package var threshold: Int

        /// Creates a check; what is left out has its default.
        package init(
            url: String,
            headers: [Header] = [],
            status: Int = 200,
            timeout: Duration = .seconds(5),
            interval: Duration = .seconds(10),
            threshold: Int = 0
        ) {
            self.url = url
            self.headers = headers
            self.status = status
            self.timeout = timeout
            self.interval = interval
            self.threshold = threshold
        }
    }

    /// One line of a request's head.
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: Secret

        /// Creates a header.
        package init(name: String, value: Secret) {
            self.name = name
            self.value = value
        }
    }

    /// Fails while a server takes no connections.
    package struct TCPCheck: Sendable, Equatable {
        package var address: ListenAddress
        /// For one check; above 0.
        package var timeout: Duration
        package var interval: Duration
        /// Failures in a row that count; 0 and 1 mean the first.
        package var threshold: Int

        /// Creates a check; what is left out has its default.
        package init(
            address: ListenAddress,
            timeout: Duration = .seconds(5),
            interval: Duration = .seconds(10),
            threshold: Int = 0
        ) {
            self.address = address
            self.timeout = timeout
            self.interval = interval
            self.threshold = threshold
        }
    }
}
