//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry

extension AzureObjectStore {
    /// A key that signs addresses in the name of the identity, good for a day.
    static func delegationKey(
        _ endpoint: AzureEndpoint,
        _ tokens: RenewedSecret<String>,
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        at time: WallTime
    ) async throws(ObjectStoreError) -> RenewedSecret<AzureDelegationKey>.Grant {
        // From a while ago, for services whose clocks go behind.
        let begin = WallTime(microseconds: time.microseconds - 5 * 60 * 1_000_000)
        let end = WallTime(microseconds: time.microseconds + 24 * 60 * 60 * 1_000_000)
        let document =
            "<KeyInfo><Start>\(begin.secondsDescription)</Start><Expiry>\(end.secondsDescription)</Expiry></KeyInfo>"
        let answer = try await governor.run(.credentials) { this throws(ObjectStoreError) in
            let token = try await tokens.secret(at: time)
            let message = BackendMessage(
                "POST",
                "\(endpoint.base)\(endpoint.prefix)/?restype=service&comp=userdelegationkey",
                headers: [
                    ("authorization", "Bearer \(token)"),
                    ("content-type", "application/xml"),
                    ("x-ms-date", HTTPDate.text(time)),
                    ("x-ms-version", AzureSharedAccess.version),
                ],
                body: ObjectBytes([ByteBuffer(string: document)])
            )
            let answer = try await http.send(message, within: .seconds(30), this)
            if let error = AzureFailure.error(answer, now: time) {
                if error.trouble == .credentials { await tokens.expire(token) }
                throw error
            }
            return answer
        }
        guard let key = AzureDelegationKey(answer.body) else {
            throw ObjectStoreError(.failed, status: answer.status, "no delegation key")
        }
        return .init(key, expiry: end)
    }
}
