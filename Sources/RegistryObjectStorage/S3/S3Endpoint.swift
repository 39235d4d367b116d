//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where a bucket is.
package struct S3Endpoint: Sendable, Equatable {
    /// `https`.
    package var scheme: String
    /// With a port if it is not the scheme's.
    package var authority: String
    package var bucket: String
    /// Whether the bucket stands in the path, and not in front of the host.
    package var hasPathStyle: Bool
    /// Whether the host is of this bucket alone, and has not its name in it.
    package var isOfBucket = false

    package init(scheme: String, authority: String, bucket: String, hasPathStyle: Bool) {
        self.scheme = scheme
        self.authority = authority
        self.bucket = bucket
        self.hasPathStyle = hasPathStyle
    }

    package struct Features: Sendable, Equatable {
        package var isSecure = true
        package var usesDualStack = false
        package var accelerates = false
        package var usesFIPS = false

        package init() {}
    }

    /// Amazon's own of a region.
    ///
    /// Source: AWS general reference, "Amazon Simple Storage Service endpoints and quotas".
    package static func amazon(region: String, bucket: String, hasPathStyle: Bool, _ features: Features) -> S3Endpoint {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let dual = features.usesDualStack ? ".dualstack" : ""
        let authority =
            if features.accelerates {
                "s3-accelerate\(dual).\(domain)"
            } else {
                "s3\(features.usesFIPS ? "-fips" : "")\(dual).\(region).\(domain)"
            }
        return S3Endpoint(
            scheme: features.isSecure ? "https" : "http",
            authority: authority,
            bucket: bucket,
            // Names with dots fit no certificate; acceleration knows no paths.
            hasPathStyle: !features.accelerates && (hasPathStyle || bucket.contains("."))
        )
    }

    var host: String { hasPathStyle || isOfBucket ? authority : "\(bucket).\(authority)" }

    /// Encoded.
    /// - Parameter key: nil for the bucket itself.
    func path(_ key: String?) -> String {
        let key = key.map { PercentCoding.encode($0, keepsSlashes: true) }
        return hasPathStyle ? "/\(bucket)/\(key ?? "")" : "/\(key ?? "")"
    }

    var base: String { "\(scheme)://\(host)" }
}
