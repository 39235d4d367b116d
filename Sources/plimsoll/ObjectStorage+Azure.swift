//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry

extension ObjectStorageDriver {
    /// The driver of a container of Azure.
    /// - Throws: when what is told of the account makes no sense, or a file is not there.
    static func azure(_ azure: AzureSettings, redirects: Bool, _ around: ObjectStorageSurroundings) throws(StartFailure)
        -> ObjectStorageDriver
    {
        if let path = azure.authorities, access(path, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw StartFailure(message: "plimsoll: storage.azure.rootcertificates: \(path): \(reason)")
        }
        var settings = Settings()
        settings.root = azure.rootDirectory
        settings.chunkBytes = azure.chunkBytes
        settings.redirects = redirects
        // The service copies what is 256 MiB in one request without haste.
        settings.copyThresholdBytes = 256 << 20
        settings.copyChunkBytes = 256 << 20
        settings.copiesInFlight = 16
        var policy = RequestGovernor.Policy()
        policy.tries = azure.retries + 1
        policy.firstPause = azure.retryDelay
        let governor = RequestGovernor(policy, driver: "azure", around.instruments)
        var connection = BackendHTTP.Settings()
        connection.authorities = azure.authorities
        connection.skipsVerification = azure.skipsVerification
        connection.userAgent = "plimsoll/\(Version.number)"
        let http = BackendHTTP(connection, on: around.loops)
        let identity = AzureIdentity(around.environment, http, governor, pool: around.pool)
        let (endpoint, credentials) = try azure.place(identity)
        return ObjectStorageDriver(
            AzureObjectStore(endpoint, credentials, http, governor: governor),
            settings,
            pool: around.pool,
            governor: governor,
            instruments: around.instruments
        )
    }
}

extension AzureSettings {
    fileprivate func place(_ identity: AzureIdentity) throws(StartFailure) -> (AzureEndpoint, AzureCredentials) {
        var (account, key, signature) = (accountName, String?.none, String?.none)
        var url = serviceURL.map { "\($0)" }
        var credentials: AzureCredentials?
        switch access {
        case .connectionString(let text):
            guard let parts = AzureConnectionString(text.exposed) else {
                throw StartFailure(
                    message: "plimsoll: storage.azure.connectionstring names no account, key or signature"
                )
            }
            (account, key, signature) = (parts.account, parts.key, parts.signature)
            url = url ?? parts.serviceURL
        case .sharedKey(let text): key = text.exposed
        case .signature(let text): signature = text.exposed
        case .client(let tenant, let id, let secret):
            credentials = .identity(
                RenewedSecret { time throws(ObjectStoreError) in
                    try await identity.client(tenant: tenant, id: id, secret: secret.exposed, at: time)
                }
            )
        case .surroundings(let client):
            credentials = .identity(
                RenewedSecret { time throws(ObjectStoreError) in
                    try await identity.surroundings(client: client, at: time)
                }
            )
        }
        if let key {
            guard let shared = AzureSharedKey(account: account, key: key) else {
                throw StartFailure(message: "plimsoll: storage.azure: the account's key is not base64")
            }
            credentials = .sharedKey(shared)
        }
        let endpoint =
            url.map { AzureEndpoint(serviceURL: $0, account: account, container: container) }
            ?? AzureEndpoint(account: account, container: container, realm: realm)
        guard let endpoint, let credentials = credentials ?? signature.map({ .signature($0) }) else {
            throw StartFailure(message: "plimsoll: storage.azure: no address, or nothing that lets the registry in")
        }
        return (endpoint, credentials)
    }
}
