//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Something that opens doors for a time: asked for once, for all who need it, and again before it expires.
package actor RenewedSecret<Secret: Sendable> {
    package struct Grant: Sendable {
        package var secret: Secret
        /// Nil for never.
        package var expiry: WallTime?

        package init(_ secret: Secret, expiry: WallTime?) {
            self.secret = secret
            self.expiry = expiry
        }
    }

    package typealias Source = @Sendable (WallTime) async throws(ObjectStoreError) -> Grant

    private let source: Source
    private let margin: Duration
    private var current: Grant?
    /// Who asks; others wait for the same answer.
    private var asking: Task<Result<Grant, ObjectStoreError>, Never>?

    /// - Parameter margin: so long before it expires, another is asked for.
    package init(margin: Duration = .seconds(5 * 60), _ source: @escaping Source) {
        self.source = source
        self.margin = margin
    }

    /// - Throws: what asking for it has thrown, as final: it has been asked for as often as is of use. Only where the clock
    ///   was wrong, and has been set, it is worth another try.
    package func secret(at time: WallTime) async throws(ObjectStoreError) -> Secret {
        if let current, isGood(current, at: time, for: margin) { return current.secret }
        switch await (asking ?? ask(at: time)).value {
        case .success(let grant): return grant.secret
        case .failure(let error):
            // The one at hand may be good for minutes yet.
            if let current, isGood(current, at: time, for: .zero) { return current.secret }
            guard let trouble = error.trouble, trouble != .clockSkew else { throw error }
            throw ObjectStoreError(.failed, status: error.status, error.cause)
        }
    }

    /// Begins to ask for it, in a task of its own: a request that is given up takes nobody's answer with it.
    private func ask(at time: WallTime) -> Task<Result<Grant, ObjectStoreError>, Never> {
        let task = Task { [source] () -> Result<Grant, ObjectStoreError> in
            defer { asking = nil }
            do throws(ObjectStoreError) {
                let grant = try await source(time)
                current = grant
                return .success(grant)
            } catch {
                return .failure(error)
            }
        }
        asking = task
        return task
    }

    private func isGood(_ grant: Grant, at time: WallTime, for margin: Duration) -> Bool {
        guard let expiry = grant.expiry else { return true }
        return expiry.microseconds - time.microseconds > margin.components.seconds * 1_000_000
    }
}

extension RenewedSecret where Secret: Equatable {
    /// Nobody takes it any more; another, that has come meanwhile, is kept.
    /// - Parameter used: the one that was refused.
    package func expire(_ used: Secret) { if current?.secret == used { current = nil } }
}
