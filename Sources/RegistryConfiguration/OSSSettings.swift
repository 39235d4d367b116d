//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in Aliyun OSS.
package struct OSSSettings: Sendable, Equatable {
    /// Nil where the environment or the platform tells.
    package var keyID: Secret?
    package var keySecret: Secret?
    package var securityToken: Secret?
    /// `cn-hangzhou`.
    package var region = ""
    package var bucket = ""
    /// The bucket's own host, in place of Aliyun's.
    package var endpoint: ExternalHost?
    /// Where clients are sent in place of the endpoint.
    package var redirectEndpoint: ExternalHost?
    /// Whether the address within Aliyun's network is used.
    package var isInternal = false
    package var isSecure = true
    /// Whether the store encrypts.
    package var encrypts = false
    /// The key of KMS that it encrypts with; nil for one of OSS.
    package var encryptionKeyID: String?
    package var chunkBytes: Int64 = 10 << 20
    package var rootDirectory = ""
    package var signature = Signature.version4

    package init() {}

    package enum Signature: String, Sendable, CaseIterable {
        case version1 = "v1"
        case version4 = "v4"
    }
}

extension OSSSettings {
    /// Reads the section `storage.oss`.
    init(reading oss: SectionReader) {
        self.init()
        keyID = oss.text("accesskeyid").map { Secret($0) }
        keySecret = oss.text("accesskeysecret").map { Secret($0) }
        securityToken = oss.text("securitytoken").map { Secret($0) }
        if (keyID == nil) != (keySecret == nil) { oss.report("needs accesskeyid and accesskeysecret, or neither") }
        if securityToken != nil, keyID == nil { oss.report("securitytoken belongs to an accesskeyid") }
        bucket = oss.requiredText("bucket")
        region = oss.requiredText("region") { scalar throws(InvalidValue) in
            // Distribution's parameter has the name that stands in hosts.
            let name = scalar.text.hasPrefix("oss-") ? String(scalar.text.dropFirst(4)) : scalar.text
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isOfRegion) else {
                throw InvalidValue("must be a region such as oss-cn-hangzhou")
            }
            return name
        }
        isInternal = oss.value("internal", default: false, Self.truth)
        isSecure = oss.value("secure", default: true, Self.truth)
        endpoint = host("endpoint", oss)
        redirectEndpoint = host("redirectendpoint", oss)
        encrypts = oss.value("encrypt", default: false, Self.truth)
        encryptionKeyID = oss.text("encryptionkeyid")
        chunkBytes = oss.value("chunksize", default: chunkBytes) { scalar throws(InvalidValue) in
            try scalar.bytes(from: 5 << 20, to: 5 << 30, "from 5 MiB to 5 GiB")
        }
        rootDirectory = oss.text("rootdirectory") ?? ""
        signature = oss.value("signatureversion", default: .version4) { scalar throws(InvalidValue) in
            guard let signature = Signature(rawValue: scalar.text) else { throw InvalidValue("must be v1 or v4") }
            return signature
        }
    }

    private static func isOfRegion(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }

    /// A URL, or a host with or without a port.
    private func host(_ key: String, _ oss: SectionReader) -> ExternalHost? {
        let scheme = isSecure ? "https" : "http"
        return oss.value(key, default: nil) { scalar throws(InvalidValue) in
            guard !scalar.text.isEmpty else { return nil }
            let text = scalar.text.contains("://") ? scalar.text : "\(scheme)://\(scalar.text)"
            let whole = ConfigurationNode.Scalar(text: text, isPlain: false)
            guard let host = try ExternalHost.parse(whole), host.path.isEmpty else {
                throw InvalidValue("must be a host, or a URL without a path")
            }
            return host
        }
    }

    /// A truth value that may stand in quotes, as these drivers' parameters may.
    private static func truth(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> Bool {
        switch scalar.text.lowercased() {
        case "true": true
        case "false": false
        default: try scalar.boolean()
        }
    }
}
