//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry
import ServiceLifecycle

/// Gets certificates from an authority by ACME, and renews them in time.
///
/// One order at a time. What is in use goes on being used whatever happens to orders, and a certificate that another server
/// has left in the folder is taken instead of ordering one.
package struct ACMEService: Service {
    /// What is wanted of whom.
    package struct Settings: Sendable, Equatable {
        /// The names to have certificates for, one each.
        package var hosts: [String]
        /// The URL of the authority's directory.
        package var directory: String
        /// Whom the authority may write to.
        package var email: String?
        package var folder: CertificateFolder

        package init(hosts: [String], directory: String, email: String?, folder: CertificateFolder) {
            self.hosts = hosts
            self.directory = directory
            self.email = email
            self.folder = folder
        }
    }

    private let settings: Settings
    private let target: any CertificateTarget
    private let transport: ACMETransport
    private let pool: IOPool
    private let instruments: Instruments
    private let observer: any Observer
    private let ready: @Sendable () async -> Void

    /// The clock may be set, and the machine sleep: the time is looked at again after that.
    private static let longestSleep = Duration.seconds(600)

    /// - Parameters:
    ///   - pool: whose threads read and write files.
    ///   - ready: waits until clients are served, since the authority is one.
    package init(
        _ settings: Settings,
        _ target: any CertificateTarget,
        _ transport: ACMETransport,
        _ pool: IOPool,
        _ instruments: Instruments,
        observer: any Observer,
        ready: @escaping @Sendable () async -> Void
    ) {
        self.settings = settings
        self.target = target
        self.transport = transport
        self.pool = pool
        self.instruments = instruments
        self.observer = observer
        self.ready = ready
    }

    /// Looks after the certificates until the task is cancelled.
    package func run() async {
        // What is not looked after any more says nothing.
        defer { instruments.certificateOrdersFailing.set(0) }
        var schedules: [String: RenewalSchedule] = [:]
        for host in settings.hosts {
            var schedule = RenewalSchedule(now: .now)
            if let kept = await kept(host) { use(kept, &schedule) }
            schedules[host] = schedule
        }
        await ready()
        while !Task.isCancelled {
            // In their own order where several are due.
            let hosts = settings.hosts.compactMap { host in schedules[host].map { (host, $0) } }
            guard case (let host, var schedule)? = hosts.min(by: { $0.1.due.microseconds < $1.1.due.microseconds })
            else { return }
            let wait = WallTime.now.duration(to: schedule.due)
            guard wait <= .zero else {
                try? await Task.sleep(for: min(wait, Self.longestSleep))
                continue
            }
            await renew(host, &schedule)
            schedules[host] = schedule
            instruments.certificateOrdersFailing.set(Int64(schedules.values.count { $0.failures > 0 }))
        }
    }

    /// Does what is due for a host.
    private func renew(_ host: String, _ schedule: inout RenewalSchedule) async {
        // Another server that shares the folder may have been first.
        if let kept = await kept(host), kept.notAfter != schedule.notAfter {
            var other = RenewalSchedule(now: .now)
            other.holds(from: kept.notBefore, to: kept.notAfter, jitter: 0)
            if other.due.microseconds > WallTime.now.microseconds, use(kept, &schedule) { return }
        }
        let isRenewal = schedule.notAfter != nil
        target.expectCertificate(for: host, true)
        defer { target.expectCertificate(for: host, false) }
        do throws(ACMEFailure) {
            let issued = try await order(host)
            await keep(issued)
            guard use(issued, &schedule) else { throw ACMEFailure(.failed, .certificate, "TLS cannot use it") }
            instruments.certificateOrders[isRenewal ? .renewed : .issued].add()
            observer.note(
                ServerEvent(
                    isRenewal ? .certificateRenewed : .certificateObtained,
                    [
                        .init(.host, .text(host)), .init(.path, .text(settings.folder.path(of: host))),
                        .init(.notAfter, .text(issued.notAfter.secondsDescription)),
                    ]
                )
            )
        } catch {
            if !Task.isCancelled { tell(error, of: host, &schedule) }
        }
    }

    private func order(_ host: String) async throws(ACMEFailure) -> IssuedCertificate {
        let key: SigningKey
        do {
            key = try await onPool { () throws(FolderFault) in try settings.folder.accountKey() }
        } catch {
            throw ACMEFailure(.failed, .account, "\(error)")
        }
        var session = try await ACMESession(transport, directory: settings.directory, key: key)
        let (isNew, terms) = try await session.register(email: settings.email)
        if isNew {
            var fields: [ServerEvent.Field] = [.init(.endpoint, .text(settings.directory))]
            if let terms { fields.append(.init(.terms, .text(terms))) }
            observer.note(ServerEvent(.acmeAccountCreated, fields))
        }
        return try await CertificateOrder(host: host, accountKey: key, target: target).run(&session)
    }

    private func tell(_ failure: ACMEFailure, of host: String, _ schedule: inout RenewalSchedule) {
        schedule.failed(failure.result, retryAfter: failure.retryAfter, now: .now, jitter: .random(in: 0...1))
        instruments.certificateOrders[failure.result].add()
        var fields: [ServerEvent.Field] = [
            .init(.host, .text(host)), .init(.step, .text(failure.step.rawValue)),
            .init(.reason, .text(failure.result.rawValue)), .init(.cause, .text(failure.cause)),
            .init(.attempts, .number(Int64(schedule.failures))),
            .init(.nextAttempt, .text(schedule.due.secondsDescription)),
        ]
        if let end = schedule.notAfter { fields.append(.init(.notAfter, .text(end.secondsDescription))) }
        observer.note(ServerEvent(.certificateOrderFailed, fields))
    }

    // MARK: The folder

    /// What is kept of a host and counts.
    private func kept(_ host: String) async -> IssuedCertificate? {
        do {
            let kept = try await onPool { () throws(FolderFault) in try settings.folder.certificate(for: host) }
            return kept.flatMap { $0.isValid(at: .now) ? $0 : nil }
        } catch {
            note(error)
            return nil
        }
    }

    /// A certificate that cannot be kept is used all the same.
    private func keep(_ certificate: IssuedCertificate) async {
        do {
            try await onPool { () throws(FolderFault) in try settings.folder.keep(certificate) }
        } catch {
            note(error)
        }
    }

    private func note(_ fault: FolderFault) {
        observer.note(
            ServerEvent(
                .certificateFolderFailed,
                [.init(.path, .text(fault.path)), .init(.cause, .text(fault.cause))]
            )
        )
    }

    private func onPool<Output: Sendable>(_ work: @escaping @Sendable () throws(FolderFault) -> Output)
        async throws(FolderFault) -> Output
    {
        do {
            return try await pool.run { () throws(StorageError) in Result(catching: work) }.get()
        } catch let error as FolderFault {
            throw error
        } catch {
            throw FolderFault(path: settings.folder.path, cause: "the server is ending")
        }
    }

    @discardableResult
    private func use(_ certificate: IssuedCertificate, _ schedule: inout RenewalSchedule) -> Bool {
        do {
            try target.serve(certificate.host, with: certificate.pem)
        } catch {
            note(FolderFault(path: settings.folder.path(of: certificate.host), cause: "\(error)"))
            return false
        }
        schedule.holds(from: certificate.notBefore, to: certificate.notAfter, jitter: .random(in: 0...1))
        return true
    }
}
