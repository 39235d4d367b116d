//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What clients may ask for.
package struct LimitsSettings: Sendable, Equatable {
    /// Requests under way at a time; nil is without limit.
    package var maxInFlight: Int? = 4096
    /// Connections at a time; nil is without limit.
    package var maxConnections: Int? = 8192
    /// Connections of one address at a time; nil is without limit.
    package var maxClientConnections: Int?
    /// Bytes of a request's head; 4 KiB to 1 MiB.
    package var maxHeaderSize: Int = 48 << 10
    /// Requests from one address; nil is without limit.
    package var clientRate: RequestRate?
    /// Requests of one user; nil is without limit.
    package var userRate: RequestRate?
    /// Addresses and users whose rate is remembered at a time; above 0.
    package var tracked: Int = 65_536
    /// Bytes of a blob; nil is without limit.
    package var maxBlobSize: Int64?
    /// Bytes of a manifest; 1 KiB to 64 MiB.
    package var maxManifestSize: Int64 = 4 << 20
    /// Bytes a second that a client must send of a body on average; nil is any.
    package var minBodyRate: Int64? = 512
    /// Bytes a second that a client must take in of an answer on average; nil is any.
    package var minSendRate: Int64? = 512
    /// The time over which these two averages are taken; above 0.
    package var rateGrace: Duration = .seconds(60)

    /// Creates settings with their defaults.
    package init() {}
}

/// Requests over time.
package struct RequestRate: Sendable, Equatable {
    /// Requests a second on average; above 0.
    package var perSecond: Double
    /// Requests that may come at once; above 0.
    package var burst: Int

    /// Creates a rate.
    /// - Parameter burst: 0 for what one second allows.
    package init(perSecond: Double, burst: Int = 0) {
        self.perSecond = perSecond
        self.burst = burst > 0 ? burst : max(1, Int(perSecond.rounded(.up)))
    }
}

extension LimitsSettings {
    /// Reads the section `limits`.
    init(reading limits: SectionReader) {
        self.init()
        maxInFlight = limits.count("maxinflight", default: maxInFlight)
        maxConnections = limits.count("maxconnections", default: maxConnections)
        maxClientConnections = limits.count("maxclientconnections", default: maxClientConnections)
        maxHeaderSize = limits.value("maxheadersize", default: maxHeaderSize) { scalar throws(InvalidValue) in
            Int(try scalar.bytes(from: 4 << 10, to: 1 << 20, "from 4KiB to 1MiB"))
        }
        clientRate = Self.rate("client", in: limits)
        userRate = Self.rate("user", in: limits)
        tracked = limits.integer("tracked", default: tracked, atLeast: 1)
        maxBlobSize = limits.bytesOrNone("maxblobsize", default: maxBlobSize)
        maxManifestSize = limits.value("maxmanifestsize", default: maxManifestSize) { scalar throws(InvalidValue) in
            try scalar.bytes(from: 1 << 10, to: 64 << 20, "from 1KiB to 64MiB")
        }
        minBodyRate = limits.bytesOrNone("minbodyrate", default: minBodyRate)
        minSendRate = limits.bytesOrNone("minsendrate", default: minSendRate)
        rateGrace = limits.duration("rategrace", default: rateGrace, zero: false)
    }

    /// Requests a second; what is less is a slip, and lets nobody in.
    private static let leastRate = 1e-6

    private static func rate(_ who: String, in limits: SectionReader) -> RequestRate? {
        let perSecond = limits.value("\(who)rate", default: 0) { scalar throws(InvalidValue) in
            let rate = try scalar.decimal()
            guard rate == 0 || rate >= leastRate else {
                throw InvalidValue("must be 0, which is no limit, or at least one request in a million seconds")
            }
            return rate
        }
        let burst = limits.integer("\(who)burst", default: 0)
        if burst > 0, perSecond == 0, let entry = limits.entry("\(who)burst") {
            limits.report("has no effect without \(who)rate", at: "\(who)burst", origin: entry.node.origin)
        }
        return perSecond > 0 ? RequestRate(perSecond: perSecond, burst: burst) : nil
    }
}
