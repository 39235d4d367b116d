//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in S3, or in what speaks like it.
package struct S3Settings: Sendable, Equatable {
    /// Nil where the environment, a file or the platform tells.
    package var accessKey: Secret?
    package var secretKey: Secret?
    package var sessionToken: Secret?
    package var region = ""
    package var bucket = ""
    /// Another server than Amazon's.
    package var endpoint: ExternalHost?
    /// Where clients are sent in place of the endpoint.
    package var redirectEndpoint: ExternalHost?
    /// Whether the bucket stands in the path; nil for what suits the endpoint.
    package var forcePathStyle: Bool?
    /// Whether the store encrypts.
    package var encrypts = false
    /// The key of KMS that it encrypts with; nil for one of S3.
    package var keyID: String?
    /// Whether TLS is used, where the endpoint does not say.
    package var isSecure = true
    package var skipsVerification = false
    /// A file with authorities of certificates; nil for those of the system.
    package var authorities: String?
    package var chunkBytes: Int64 = 10 << 20
    package var copyChunkBytes: Int64 = 32 << 20
    package var copiesAtOnce = 100
    package var copyThresholdBytes: Int64 = 32 << 20
    package var rootDirectory = ""
    /// Nil for the bucket's own.
    package var storageClass: String?
    package var userAgent: String?
    /// Nil where none is asked for.
    package var objectACL: String?
    package var usesDualStack = false
    package var accelerates = false
    package var usesFIPS = false

    package init() {}

    static let storageClasses = [
        "NONE", "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "OUTPOSTS",
        "GLACIER_IR", "EXPRESS_ONEZONE",
    ]
    static let objectACLs = [
        "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
        "bucket-owner-full-control",
    ]
    static let logLevels = [
        "off", "debug", "debugwithsigning", "debugwithhttpbody", "debugwithrequestretries", "debugwithrequesterrors",
        "debugwitheventstreambody",
    ]
}

extension S3Settings {
    /// Reads the section `storage.s3` or `storage.s3aws`.
    init(reading s3: SectionReader) {
        self.init()
        accessKey = s3.text("accesskey").map { Secret($0) }
        secretKey = s3.text("secretkey").map { Secret($0) }
        sessionToken = s3.text("sessiontoken").map { Secret($0) }
        if (accessKey == nil) != (secretKey == nil) { s3.report("needs accesskey and secretkey, or neither") }
        if sessionToken != nil, accessKey == nil { s3.report("sessiontoken belongs to an accesskey and secretkey") }
        bucket = s3.requiredText("bucket")
        endpoint = s3.value("regionendpoint", default: nil, Self.endpoint)
        redirectEndpoint = s3.value("redirectendpoint", default: nil, Self.endpoint)
        region = s3.text("region") ?? ""
        if region.isEmpty {
            // As servers that know no regions are content with.
            if endpoint == nil { s3.report("needs a region, or a regionendpoint") } else { region = "us-east-1" }
        }
        forcePathStyle = s3.value("forcepathstyle", default: nil, Self.truth)
        encrypts = s3.value("encrypt", default: false, Self.truth)
        keyID = s3.text("keyid")
        isSecure = s3.value("secure", default: true, Self.truth)
        if let given = endpoint, given.scheme.isEmpty { endpoint?.scheme = isSecure ? "https" : "http" }
        if let given = redirectEndpoint, given.scheme.isEmpty { redirectEndpoint?.scheme = isSecure ? "https" : "http" }
        skipsVerification = s3.value("skipverify", default: false, Self.truth)
        authorities = s3.text("rootcertificates")
        if !s3.value("v4auth", default: true, Self.truth) {
            s3.report("v4auth: false is not supported: signature version 2 is not made any more; remove the key")
        }
        readSizes(s3)
        readObjects(s3)
        usesDualStack = s3.value("usedualstack", default: false, Self.truth)
        accelerates = s3.value("accelerate", default: false, Self.truth)
        usesFIPS = s3.value("usefipsendpoint", default: false, Self.truth)
        if accelerates, usesFIPS { s3.report("accelerate and usefipsendpoint exclude each other") }
        if accelerates, endpoint != nil { s3.report("accelerate is of Amazon's own endpoint, not of a regionendpoint") }
        _ = s3.value("loglevel", default: "off") { scalar throws(InvalidValue) in
            // YAML takes a bare `off` for false, as distribution does.
            guard scalar.text == "false" || Self.logLevels.contains(scalar.text.lowercased()) else {
                throw InvalidValue("must be one of \(Self.logLevels.joined(separator: ", "))")
            }
            return scalar.text
        }
    }

    private mutating func readSizes(_ s3: SectionReader) {
        func size(_ key: String, _ fallback: Int64, from minimum: Int64, _ words: String) -> Int64 {
            s3.value(key, default: fallback) { scalar throws(InvalidValue) in
                try scalar.bytes(from: minimum, to: 5 << 30, words)
            }
        }
        chunkBytes = size("chunksize", chunkBytes, from: 5 << 20, "from 5 MiB to 5 GiB")
        copyChunkBytes = size("multipartcopychunksize", copyChunkBytes, from: 5 << 20, "from 5 MiB to 5 GiB")
        copyThresholdBytes = size("multipartcopythresholdsize", copyThresholdBytes, from: 0, "at most 5 GiB")
        copiesAtOnce = s3.integer("multipartcopymaxconcurrency", default: copiesAtOnce, atLeast: 1)
    }

    private mutating func readObjects(_ s3: SectionReader) {
        rootDirectory = s3.text("rootdirectory") ?? ""
        let storageClass = s3.value("storageclass", default: "STANDARD") { scalar throws(InvalidValue) in
            let name = scalar.text.uppercased()
            guard Self.storageClasses.contains(name) else {
                throw InvalidValue("must be one of \(Self.storageClasses.joined(separator: ", "))")
            }
            return name
        }
        // The standard one needs no word, which not every server understands.
        self.storageClass = storageClass == "NONE" || storageClass == "STANDARD" ? nil : storageClass
        userAgent = s3.text("useragent")
        let acl = s3.value("objectacl", default: "private") { scalar throws(InvalidValue) in
            guard Self.objectACLs.contains(scalar.text) else {
                throw InvalidValue("must be one of \(Self.objectACLs.joined(separator: ", "))")
            }
            return scalar.text
        }
        objectACL = acl == "private" ? nil : acl
    }

    /// A URL, or a host with or without a port.
    private static func endpoint(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> ExternalHost? {
        guard !scalar.text.isEmpty else { return nil }
        guard scalar.text.contains("://") else {
            let whole = ConfigurationNode.Scalar(text: "https://" + scalar.text, isPlain: false)
            guard var host = try ExternalHost.parse(whole), host.path.isEmpty else {
                throw InvalidValue("must be a URL such as https://s3.example.com")
            }
            host.scheme = ""
            return host
        }
        guard let host = try ExternalHost.parse(scalar), host.path.isEmpty else {
            throw InvalidValue("must be a URL without a path, such as https://s3.example.com")
        }
        return host
    }

    /// A truth value that may stand in quotes, as these drivers' parameters may.
    private static func truth(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> Bool {
        switch scalar.text.lowercased() {
        case "true", "1", "t": true
        case "false", "0", "f": false
        default: try scalar.boolean()
        }
    }
}
