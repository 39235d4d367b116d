//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// Sends clients to CloudFront in front of an S3 bucket, at addresses that are signed: distribution's `cloudfront`.
///
/// Source: Amazon CloudFront developer guide, "Create a signed URL using a canned policy".
package struct CloudFrontRedirect: RedirectMiddleware {
    private let base: String
    private let keys: ObjectKeys?
    private let key: RSASigningKey
    private let keyPairID: String
    private let duration: Duration
    private let ranges: AddressRangeList?
    private let pool: IOPool
    private let now: @Sendable () -> WallTime

    /// - Parameters:
    ///   - base: without a slash at its end.
    ///   - keys: of the bucket; nil for a storage that is none, of which CloudFront knows nothing.
    ///   - ranges: of the clients that are sent to the bucket itself; nil for none.
    ///   - pool: where addresses are signed.
    package init(
        _ base: String,
        keys: ObjectKeys?,
        key: RSASigningKey,
        keyPairID: String,
        duration: Duration,
        ranges: AddressRangeList?,
        pool: IOPool,
        now: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.base = base
        self.keys = keys
        self.key = key
        self.keyPairID = keyPairID
        self.duration = duration
        self.ranges = ranges
        self.pool = pool
        self.now = now
    }

    package func address(
        of path: StoragePath,
        for request: RedirectRequest,
        _ next: () async throws(StorageError) -> String?
    ) async throws(StorageError) -> String? {
        let isWithin = request.client.map { ranges?.contains($0) ?? false } ?? false
        guard let keys, !isWithin else { return try await next() }
        let resource = base + "/" + PercentCoding.encode(keys.key(path), keepsSlashes: true)
        let end = now().microseconds / 1_000_000 + duration.components.seconds
        let policy = Self.policy(resource, end: end)
        let signature = try await pool.run { [key] () throws(StorageError) in
            guard let signature = key.sign(Array(policy.utf8), .sha1) else {
                throw StorageError(.failed, "sign", path, cause: "the key of CloudFront cannot sign")
            }
            return signature
        }
        return "\(resource)?Expires=\(end)&Signature=\(Self.text(signature))&Key-Pair-Id=\(keyPairID)"
    }

    /// Until when an address is good, in the one form that CloudFront makes again of the address.
    /// - Parameter end: seconds since 1970.
    package static func policy(_ resource: String, end: Int64) -> String {
        #"{"Statement":[{"Resource":"\#(resource)","Condition":{"DateLessThan":{"AWS:EpochTime":\#(end)}}}]}"#
    }

    /// Base64 without what has a meaning in addresses.
    private static func text(_ bytes: [UInt8]) -> String {
        String(
            decoding: Digesting.base64(bytes).utf8.map { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "="): UInt8(ascii: "_")
                case UInt8(ascii: "/"): UInt8(ascii: "~")
                default: byte
                }
            },
            as: UTF8.self
        )
    }
}
