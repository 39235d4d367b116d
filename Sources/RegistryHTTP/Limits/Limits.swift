//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import Synchronization

/// What clients may ask for, and what is told when one asks for more.
package final class Limits: Sendable {
    let settings: RequestLimits
    private let context: StoreContext
    private let clientRates: RateLimiter?
    private let userRates: RateLimiter?
    private let allowances: Allowances

    /// How often the log is told.
    private final class Allowances: Sendable {
        /// Of each limit on its own, so that one does not hide another.
        let state = Mutex<[LimitName: EventAllowance]>([:])
    }

    /// Creates limits.
    package convenience init(_ settings: RequestLimits, _ context: StoreContext) {
        self.init(settings, context, insteadOf: nil)
    }

    private init(_ settings: RequestLimits, _ context: StoreContext, insteadOf old: Limits?) {
        self.settings = settings
        self.context = context
        self.allowances = old?.allowances ?? Allowances()
        let keepsTable = old?.settings.tracked == settings.tracked
        func rates(_ rate: KeyPath<RequestLimits, RequestLimits.Rate?>, _ known: RateLimiter?) -> RateLimiter? {
            guard let limit = settings[keyPath: rate] else { return nil }
            if keepsTable, let known, old?.settings[keyPath: rate] == limit { return known }
            return RateLimiter(limit, tracked: settings.tracked)
        }
        self.clientRates = rates(\.clientRate, old?.clientRates)
        self.userRates = rates(\.userRate, old?.userRates)
    }

    /// Other limits; what clients have asked for so far counts on where its limit stays as it was.
    package func changed(to settings: RequestLimits) -> Limits { Limits(settings, context, insteadOf: self) }

    /// Bytes of a manifest that is read.
    ///
    /// Those that were pushed under the default limit can be pulled under a lower one.
    package var maximumManifestBytes: Int { max(settings.manifestBytes, ManifestFacts.maximumBytes) }

    // MARK: Requests

    /// Counts a request by the address it comes from.
    /// - Throws: `TOOMANYREQUESTS` with the time after which the client may ask again.
    func admit(_ connection: ConnectionHandle, _ record: RequestRecord) throws(RegistryError) {
        guard let clientRates else { return }
        guard let wait = clientRates.take(ClientKey(connection.channel.remoteAddress), .now) else { return }
        note(.clientRate, record.remoteAddress)
        throw Self.tooMany("too many requests from this address", wait)
    }

    /// Counts a request by who sent it.
    /// - Throws: `TOOMANYREQUESTS` with the time after which the user may ask again.
    func admitUser(_ record: RequestRecord) throws(RegistryError) {
        guard let userRates, let user = record.user else { return }
        guard let wait = userRates.take(ClientKey(user: user), .now) else { return }
        note(.userRate, record.remoteAddress, user: user)
        throw Self.tooMany("too many requests of this user", wait)
    }

    private static func tooMany(_ detail: String, _ wait: Duration) -> RegistryError {
        var error = RegistryError(.tooManyRequests, detail: detail)
        error.retryAfter = max(1, Int((wait / .seconds(1)).rounded(.up)))
        return error
    }

    /// The answer while as many requests as there may be are under way.
    func overloaded(_ record: RequestRecord) -> RegistryError {
        note(.inFlight, record.remoteAddress)
        var error = RegistryError(.unavailable, detail: "too many requests are under way")
        error.retryAfter = 1
        return error
    }

    /// Checks what a blob has, or will have.
    /// - Throws: `SIZE_INVALID` with status 413.
    func checkBlob(_ bytes: Int64, _ record: RequestRecord) throws(RegistryError) {
        guard let limit = settings.blobBytes, bytes > limit else { return }
        note(.blobSize, record.remoteAddress)
        throw RegistryError(.sizeInvalid, status: 413, detail: "a blob has at most \(limit) bytes")
    }

    /// Tells of a body that was given up because of a limit.
    func note(_ failure: BodyFailure, _ record: RequestRecord) {
        switch failure {
        case .slow: note(.bodyTime, record.remoteAddress)
        case .belowPace: note(.bodyRate, record.remoteAddress)
        case .aborted, .malformed, .tooLarge: break
        }
    }

    // MARK: Connections

    /// Connections of all listeners of the registry, as many as there may be.
    package func connections() -> OpenConnections {
        OpenConnections(.init(settings)) { [self] channel, limit in
            note(limit, ConnectionHandle(channel: channel).peer)
        }
    }

    // MARK: Telling

    /// Counts and tells of a request or a connection that asked for too much.
    /// - Parameter peer: the client's address.
    func note(_ limit: LimitName, _ peer: String, user: String? = nil) {
        context.instruments.limitRefusals[limit].add()
        let suppressed = allowances.state.withLock { allowances in
            allowances[limit, default: EventAllowance(burst: 5, interval: .seconds(10))].take(.now)
        }
        guard let suppressed else { return }
        var fields: [ServerEvent.Field] = [.init(.limit, .text(limit.rawValue)), .init(.client, .text(peer))]
        if let user { fields.append(.init(.user, .text(user))) }
        context.observer.note(ServerEvent(.limitReached, fields + [.init(.suppressed, .number(suppressed))]))
    }
}
