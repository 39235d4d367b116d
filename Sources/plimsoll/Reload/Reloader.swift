//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryObservability
import RegistryStorage
import RegistrySupervision
import RegistryTelemetry
import Synchronization

/// Has a running server take the configuration in again: all of it that is possible, or nothing.
final class Reloader: Sendable {
    /// A configuration, and where each of its values comes from.
    typealias Reading = (configuration: RegistryConfiguration, effective: EffectiveConfiguration)

    private let path: String?
    private let parts: LiveParts
    private let instruments: Instruments
    private let observer: any Observer
    private let manager: ServiceManager
    /// What the parts that need a restart were made of.
    private let first: Reading
    private let state: Mutex<State>
    /// Of its own, since the others may all wait for a disk; one, so that reloads come one after the other.
    private let thread = IOPool(size: 1)

    private struct State {
        var current: Reading
        var last: WallTime
        var pending: [String] = []
    }

    /// What came of a reload.
    enum Outcome: Sendable {
        /// The keys that changed, and the keys that need a restart.
        case applied([String], pending: [String])
        /// Everything that is wrong.
        case refused(String)
    }

    /// - Parameter path: of the configuration, as the server was given it.
    init(
        _ first: Reading,
        path: String?,
        _ parts: LiveParts,
        _ instruments: Instruments,
        _ manager: ServiceManager,
        observer: any Observer
    ) {
        self.first = first
        self.path = path
        self.parts = parts
        self.instruments = instruments
        self.manager = manager
        self.observer = observer
        self.state = Mutex(State(current: first, last: .now))
        instruments.lastReload.set(1)
    }

    /// When the configuration in force was read, and the keys that wait for a restart.
    var standing: (last: WallTime, pending: [String]) { state.withLock { ($0.last, $0.pending) } }

    /// `storage.maintenance.uploadpurging.age`.
    var uploadAge: Duration { state.withLock(\.current.configuration.storage.uploadPurging.age) }

    /// Reads the configuration, and takes over what has changed.
    /// - Parameter source: who asks, for the log.
    @discardableResult
    func reload(by source: String) async -> Outcome {
        await manager.tell(.reloadingNow)
        let outcome = try? await thread.run { () throws(StorageError) in self.read(by: source) }
        await manager.tell(.ready)
        // The thread refuses work only when the server has ended.
        return outcome ?? .refused("the server is ending")
    }

    /// Ends its thread.
    func shutdown() async throws { try await thread.shutdown() }

    // MARK: On the thread

    private func read(by source: String) -> Outcome {
        let old = state.withLock(\.current)
        let (new, prepared): (Reading, LiveParts.Prepared)
        do throws(StartFailure) {
            (new, prepared) = try prepare(insteadOf: old)
        } catch {
            instruments.lastReload.set(0)
            observer.note(
                ServerEvent(.reloadFailed, [.init(.by, .text(source)), .init(.problems, .text(error.message))])
            )
            return .refused(error.message)
        }
        parts.apply(new.configuration, insteadOf: old.configuration, prepared, by: source)
        let applied = new.effective.changes(since: old.effective).filter { isLive($0, new.configuration) }
        let pending = new.effective.changes(since: first.effective).filter { !isLive($0, new.configuration) }
        state.withLock { $0 = State(current: new, last: .now, pending: pending) }
        instruments.lastReload.set(1)
        var fields: [ServerEvent.Field] = [.init(.by, .text(source))]
        if !applied.isEmpty { fields.append(.init(.applied, .text(applied.joined(separator: ", ")))) }
        if !pending.isEmpty { fields.append(.init(.pending, .text(pending.joined(separator: ", ")))) }
        observer.note(ServerEvent(.reloaded, fields))
        return .applied(applied, pending: pending)
    }

    /// Does all that can go wrong, and changes nothing.
    private func prepare(insteadOf old: Reading) throws(StartFailure) -> (Reading, LiveParts.Prepared) {
        let new = try ConfigurationFile.inspect(path)
        let auth = new.configuration.auth
        let access = auth == old.configuration.auth ? nil : try AccessControl(auth, instruments.auth)
        var certificate: PreparedCertificate?
        if let encryption = parts.encryption, let tls = new.configuration.http.tls {
            certificate = try encryption.prepare(tls, of: new.configuration.http)
        }
        let endpoints = try Notifications.prepare(new.configuration.notifications)
        // Last, since what is opened for it must be used.
        let traces = try parts.traces.prepare(new.configuration.tracing)
        return (new, LiveParts.Prepared(access: access, certificate: certificate, traces: traces, endpoints: endpoints))
    }

    /// Whether a key that changed is in force without a restart.
    private func isLive(_ key: String, _ new: RegistryConfiguration) -> Bool {
        // Which connections are encrypted at all is a matter of the listeners.
        let changesScheme = (new.http.tls == nil) != (first.configuration.http.tls == nil)
        if key == "http.tls" || key.hasPrefix("http.tls."), changesScheme { return false }
        return ConfigurationCatalogue.find(key)?.canBeReloaded == true
    }
}
