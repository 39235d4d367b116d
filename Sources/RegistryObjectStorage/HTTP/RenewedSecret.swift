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

    /// - Throws: what asking for it has thrown, as final: it has been asked for as often as is of use.
    package func secret(at time: WallTime) async throws(ObjectStoreError) -> Secret {
        if let current, isGood(current, at: time, for: margin) { return current.secret }
        let task: Task<Result<Grant, ObjectStoreError>, Never>
        if let asking {
            task = asking
        } else {
            // Kept here and waited for; of its own, so that a request that is given up takes nobody's answer with it.
            task = Task { [source] in
                do throws(ObjectStoreError) { return .success(try await source(time)) } catch { return .failure(error) }
            }
            asking = task
        }
        let result = await task.value
        asking = nil
        switch result {
        case .success(let grant):
            current = grant
            return grant.secret
        case .failure(let error):
            // The one at hand may be good for minutes yet.
            if let current, isGood(current, at: time, for: .zero) { return current.secret }
            guard error.trouble != nil else { throw error }
            throw ObjectStoreError(.failed, status: error.status, error.cause)
        }
    }

    private func isGood(_ grant: Grant, at time: WallTime, for margin: Duration) -> Bool {
        guard let expiry = grant.expiry else { return true }
        return expiry.microseconds - time.microseconds > margin.components.seconds * 1_000_000
    }

    /// Nobody takes it any more.
    package func expire() { current = nil }
}
