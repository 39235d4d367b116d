//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryAuth
import RegistryModel
import RegistryTelemetry

extension RegistryHandler {
    /// Finds out who it is, and whether they may.
    ///
    /// Without an access controller everybody may do everything, and nothing is asked.
    /// - Throws: `UNAUTHORIZED` with a challenge, `DENIED`, or `UNAVAILABLE` where it could not be found out.
    func authorize(
        _ route: Route,
        _ host: String?,
        _ connection: ConnectionHandle,
        _ request: inout APIRequest
    ) async throws(RegistryError) {
        // Asked for on the event loop, and so only where there can be one.
        let certified = options.encryption?.identifiesClients == true ? await connection.certificateName() : nil
        guard let controller = services.access else {
            request.record.user = certified
            return
        }
        var credentials = Credentials(authorization: request.headers[.authorization], host: host)
        credentials.certificateName = certified
        if case .uploads = route { credentials.mountSource = request.query["from"] }
        let span = OpenSpan.begin()
        do throws(Refusal) {
            let admission = try await controller.admit(credentials, to: route.access(by: request.method))
            request.grant = admission.grant
            request.record.user = admission.grant.principal?.name
            request.record.authResult = AuthResult.allowed.rawValue
            request.record.authReason = admission.reason
            span?.end(.authorize(.allowed, admission.reason))
        } catch {
            request.record.user = error.principal?.name
            request.record.authResult = error.result.rawValue
            request.record.authReason = error.reason
            request.record.authDetail = error.detail
            let answer = RegistryError(error)
            span?.end(.authorize(error.result, error.reason), answer.spanOutcome)
            throw answer
        }
    }

    /// Writes down that somebody who was let in is denied what the rules have for this case only.
    func note(_ error: RegistryError, in request: inout APIRequest) {
        guard error.code == .denied, !error.isAboutContent, services.access != nil,
            request.record.authResult == AuthResult.allowed.rawValue
        else { return }
        request.record.authResult = AuthResult.denied.rawValue
        request.record.authReason = .tagImmutable
        services.access?.count(.denied, .tagImmutable)
    }
}

extension Route {
    /// What a method needs here, as distribution has it.
    func access(by method: MethodName) -> Access {
        guard let repository else { return self == .catalog ? .catalog : .session }
        return switch method {
        case .get, .head: .repository(repository, .pull)
        case .delete: .repository(repository, .delete)
        default: .repository(repository, [.pull, .push])
        }
    }
}

extension RegistryError {
    /// What the client is told: not why its credentials are no good, which is for the log.
    fileprivate init(_ refusal: Refusal) {
        switch refusal.result {
        case .denied: self.init(.denied)
        case .failed: self.init(.unavailable, detail: "too many sign in at once; try again", cause: refusal.text)
        case .challenged, .allowed: self.init(.unauthorized)
        }
        challenge = refusal.challenge
    }
}
