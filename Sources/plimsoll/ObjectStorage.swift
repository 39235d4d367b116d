//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry

/// What a driver of an object store needs of its surroundings.
struct ObjectStorageSurroundings {
    var pool: IOPool
    var loops: any EventLoopGroup
    var instruments: BackendInstruments
    var environment = ConfigurationFile.environment()
}

extension ObjectStorageDriver {
    /// The driver of a bucket.
    /// - Parameter redirects: whether clients are sent to the store for blobs.
    /// - Throws: when a file that is named is not there.
    static func s3(_ s3: S3Settings, redirects: Bool, _ around: ObjectStorageSurroundings) throws(StartFailure)
        -> ObjectStorageDriver
    {
        if let path = s3.authorities, access(path, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw StartFailure(message: "plimsoll: storage.s3.rootcertificates: \(path): \(reason)")
        }
        var settings = Settings()
        settings.root = s3.rootDirectory
        settings.chunkBytes = s3.chunkBytes
        settings.copyChunkBytes = s3.copyChunkBytes
        settings.copiesInFlight = s3.copiesAtOnce
        settings.copyThresholdBytes = s3.copyThresholdBytes
        settings.redirects = redirects
        let governor = RequestGovernor(driver: "s3aws", around.instruments)
        var connection = BackendHTTP.Settings()
        connection.authorities = s3.authorities
        connection.skipsVerification = s3.skipsVerification
        connection.userAgent = (s3.userAgent.map { "\($0) " } ?? "") + "plimsoll/\(Version.number)"
        let http = BackendHTTP(connection, on: around.loops)
        let store = S3ObjectStore(
            .init(s3),
            http,
            RenewedSecret(s3.sources(http, governor, around)),
            pool: around.pool,
            governor: governor
        )
        return ObjectStorageDriver(
            store,
            settings,
            pool: around.pool,
            governor: governor,
            instruments: around.instruments
        )
    }
}

extension S3Settings {
    /// In the order in which AWS's own programs ask.
    fileprivate func sources(
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        _ around: ObjectStorageSurroundings
    ) -> [any S3CredentialSource] {
        if let accessKey, let secretKey {
            let token = sessionToken?.exposed
            return [S3FixedCredentials(.init(accessKey.exposed, secretKey.exposed, sessionToken: token))]
        }
        let (environment, pool) = (around.environment, around.pool)
        return [
            S3EnvironmentCredentials(environment),
            S3WebIdentityCredentials(environment, region: region, http, governor, pool: pool),
            S3FileCredentials(environment, pool: pool),
            S3MetadataCredentials(environment, http, governor, pool: pool),
        ]
    }
}

extension S3ObjectStore.Settings {
    init(_ s3: S3Settings) {
        let endpoint: S3Endpoint
        if let given = s3.endpoint {
            endpoint = S3Endpoint(
                scheme: given.scheme,
                authority: given.authority,
                bucket: s3.bucket,
                // What is no Amazon seldom has a name for each bucket.
                hasPathStyle: s3.forcePathStyle ?? !given.authority.hasSuffix(".amazonaws.com")
            )
        } else {
            var features = S3Endpoint.Features()
            features.isSecure = s3.isSecure
            features.usesDualStack = s3.usesDualStack
            features.accelerates = s3.accelerates
            features.usesFIPS = s3.usesFIPS
            endpoint = .amazon(
                region: s3.region,
                bucket: s3.bucket,
                hasPathStyle: s3.forcePathStyle ?? false,
                features
            )
        }
        self.init(endpoint, region: s3.region)
        acl = s3.objectACL
        storageClass = s3.storageClass
        encrypts = s3.encrypts
        encryptionKey = s3.keyID
        redirectEndpoint = s3.redirectEndpoint.map { given in
            S3Endpoint(
                scheme: given.scheme,
                authority: given.authority,
                bucket: s3.bucket,
                hasPathStyle: endpoint.hasPathStyle
            )
        }
    }
}
