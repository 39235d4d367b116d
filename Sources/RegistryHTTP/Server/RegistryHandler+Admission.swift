//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

extension RegistryHandler {
    /// Checks that there is room for a request, whoever sends it.
    func admit(
        _ admission: Drain.Admission,
        _ connection: ConnectionHandle,
        _ record: RequestRecord
    ) throws(RegistryError) {
        switch admission {
        case .admitted: break
        case .full: throw services.limits.overloaded(record)
        case .draining:
            var error = RegistryError(.unavailable, detail: "the server is going down")
            error.closesConnection = true
            throw error
        }
        try services.limits.admit(connection, record)
        if let failure = services.health.failure {
            let what = failure.check == HealthCheck.storage ? "the storage is not healthy" : "a health check fails"
            throw RegistryError(.unavailable, detail: "\(what); see /debug/health", cause: failure.description)
        }
    }

    /// Checks that there is such a method here, and that it is switched on.
    /// - Parameter isChange: set where the method changes something, and may; `endChange` must follow.
    func check(_ method: MethodName, on name: RouteName, _ isChange: inout Bool) throws(RegistryError) {
        let changes: [MethodName] = [.post, .put, .patch, .delete]
        isChange = changes.contains(method) && services.readOnly.beginChange()
        let isReadOnly = changes.contains(method) ? !isChange : services.readOnly.isOn
        var allowed = name.methods
        if isReadOnly {
            allowed.removeAll { changes.contains($0) }
        } else if !options.allowsDelete, name != .blobUploadChunk {
            allowed.removeAll { $0 == .delete }
        }
        guard !allowed.contains(method) else { return }
        let isOff = name.methods.contains(method)
        var error = RegistryError(
            .unsupported,
            detail: isOff ? (isReadOnly ? "the registry is read-only" : "deleting is not enabled") : nil
        )
        error.allowedMethods = allowed.map { $0.rawValue.uppercased() }.joined(separator: ", ")
        throw error
    }
}
