//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage

extension ObjectStorageDriver {
    /// The driver of a bucket of Aliyun OSS.
    /// - Parameter redirects: whether clients are sent to the store for blobs.
    static func oss(_ oss: OSSSettings, redirects: Bool, _ around: ObjectStorageSurroundings) -> ObjectStorageDriver {
        var settings = Settings()
        settings.root = oss.rootDirectory
        settings.chunkBytes = oss.chunkBytes
        settings.redirects = redirects
        let governor = RequestGovernor(driver: "oss", around.instruments)
        var connection = BackendHTTP.Settings()
        connection.userAgent = "plimsoll/\(Version.number)"
        let http = BackendHTTP(connection, on: around.loops)
        let store = S3ObjectStore(
            .init(oss),
            http,
            RenewedSecret(oss.sources(http, governor, around)),
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

extension OSSSettings {
    fileprivate func sources(
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        _ around: ObjectStorageSurroundings
    ) -> [any S3CredentialSource] {
        if let keyID, let keySecret {
            let token = securityToken?.exposed
            return [S3FixedCredentials(.init(keyID.exposed, keySecret.exposed, sessionToken: token))]
        }
        return [OSSEnvironmentCredentials(around.environment), OSSMachineCredentials(http, governor)]
    }
}

extension S3ObjectStore.Settings {
    fileprivate init(_ oss: OSSSettings) {
        let endpoint =
            oss.endpoint.map { S3Endpoint($0, bucket: oss.bucket) }
            ?? .aliyun(region: oss.region, bucket: oss.bucket, isInternal: oss.isInternal, isSecure: oss.isSecure)
        let signature: any S3Signing =
            switch oss.signature {
            case .version1: OSSSignatureV1(folder: endpoint.signedFolder)
            case .version4: OSSSignatureV4(region: oss.region, folder: endpoint.signedFolder)
            }
        self.init(endpoint, .oss(signature))
        encrypts = oss.encrypts
        encryptionKey = oss.encryptionKeyID
        redirectEndpoint = oss.redirectEndpoint.map { given in
            var other = S3Endpoint(given, bucket: oss.bucket)
            // What is signed begins with the bucket in the same way for both.
            other.hasPathStyle = endpoint.hasPathStyle
            return other
        }
    }
}

extension S3Endpoint {
    /// A host that is given for the bucket: the bucket's own, unless it is an address, or Aliyun's for all buckets.
    fileprivate init(_ host: ExternalHost, bucket: String) {
        let name = host.authority.prefix { $0 != ":" }
        let isAddress = host.authority.hasPrefix("[") || name.allSatisfy { $0.isNumber || $0 == "." }
        self.init(scheme: host.scheme, authority: host.authority, bucket: bucket, hasPathStyle: isAddress)
        isOfBucket = !isAddress && !(name.hasPrefix("oss-") && name.hasSuffix(".aliyuncs.com"))
    }
}
