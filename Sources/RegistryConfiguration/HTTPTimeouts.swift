//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How long clients may take.
///
/// All are above 0.
package struct HTTPTimeouts: Sendable, Equatable {
    /// From the first byte of a request to the end of its head.
    package var header: Duration
    /// Between two requests on one connection.
    package var idle: Duration
    /// Between two pieces of a request's body.
    package var body: Duration
    /// Between two pieces of an answer that the client takes in.
    package var write: Duration

    /// Creates timeouts; what is left out has its default.
    package init(
        header: Duration = .seconds(15),
        idle: Duration = .seconds(120),
        body: Duration = .seconds(60),
        write: Duration = .seconds(60),
    ) {
        self.header = header
        self.idle = idle
        self.body = body
        self.write = write
    }
}

extension HTTPTimeouts {
    /// Reads the section `http.timeouts`.
    init(reading timeouts: SectionReader) {
        let defaults = HTTPTimeouts()
        self.init(
            header: timeouts.duration("header", default: defaults.header, zero: false),
            idle: timeouts.duration("idle", default: defaults.idle, zero: false),
            body: timeouts.duration("body", default: defaults.body, zero: false),
            write: timeouts.duration("write", default: defaults.write, zero: false),
        )
    }
}
