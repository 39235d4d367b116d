//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What differs between S3 and what is built like it.
package struct S3Dialect: Sendable {
    /// In metrics: `s3aws`.
    package var driver: String
    /// How the vendor's own fields begin: `x-amz-`.
    package var prefix: String
    /// The field for the access control of an object, without the prefix.
    package var acl: String
    /// The word for encryption with a key of the key service.
    package var keyService: String
    /// The field for that key, without the prefix.
    package var encryptionKey: String
    /// Fields of requests for a range.
    package var rangeFields: [(name: String, value: String)] = []
    package var bounds = ObjectStoreBounds()
    package var signature: any S3Signing

    func field(_ name: String) -> String { prefix + name }

    /// The field of the metadata that tells an object's mark.
    var mark: String { prefix + "meta-" + ObjectMark.name }

    /// Amazon's.
    package static func s3(region: String) -> S3Dialect {
        S3Dialect(
            driver: "s3aws",
            prefix: "x-amz-",
            acl: "acl",
            keyService: "aws:kms",
            encryptionKey: "server-side-encryption-aws-kms-key-id",
            signature: SignatureV4(region: region)
        )
    }
}

/// A way to sign requests.
package protocol S3Signing: Sendable {
    /// The fields that sign a request, beside its own.
    func headers(_ request: SignatureV4.Request, _ credentials: S3Credentials, at time: WallTime) -> [(
        name: String, value: String
    )]

    /// The query of an address that is good for a time.
    func presignedQuery(
        _ request: SignatureV4.Request,
        _ credentials: S3Credentials,
        at time: WallTime,
        validFor duration: Duration
    ) -> String

    /// Whether content can be signed that TLS does not protect.
    var signsContent: Bool { get }
}

extension SignatureV4: S3Signing {
    package var signsContent: Bool { true }
}
