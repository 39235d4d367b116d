//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What stands between the registry and where its storage would send clients for blobs.
package enum StorageMiddleware: Sendable, Equatable {
    /// To the same path at another address.
    case redirect(ExternalHost)
    case rewrite(Rewrite)
    case cloudFront(CloudFront)

    /// Changes parts of the address that the storage gives.
    package struct Rewrite: Sendable, Equatable {
        package var scheme: String?
        package var host: String?
        /// Taken off the beginning of the path.
        package var trimmedPrefix: String?

        package init(scheme: String? = nil, host: String? = nil, trimmedPrefix: String? = nil) {
            self.scheme = scheme
            self.host = host
            self.trimmedPrefix = trimmedPrefix
        }
    }

    /// To CloudFront, at addresses that are signed.
    package struct CloudFront: Sendable, Equatable {
        package var base: ExternalHost
        /// Path of the RSA key in PEM form.
        package var privateKey: String
        package var keyPairID: String
        /// How long an address is good.
        package var duration = Duration.seconds(20 * 60)
        package var filter = Filter.none
        package var ranges = Self.defaultRanges
        /// Between two questions for the ranges.
        package var interval = Duration.seconds(12 * 3600)

        /// Which clients are sent to the bucket itself.
        package enum Filter: Sendable, Equatable {
            case none
            /// Those of AWS's addresses, in some regions or, where none is named, in all.
            case regions([String])
        }

        static let defaultRanges = "https://ip-ranges.amazonaws.com/ip-ranges.json"

        package init(base: ExternalHost, privateKey: String, keyPairID: String) {
            self.base = base
            self.privateKey = privateKey
            self.keyPairID = keyPairID
        }
    }

    static let names = ["cloudfront", "redirect", "rewrite"]
}

extension StorageMiddleware {
    /// What each cannot do without; other options than its own are without effect, as in distribution.
    private static let required: [String: Set<String>] = [
        "redirect": ["baseurl"], "cloudfront": ["baseurl", "privatekey", "keypairid"],
    ]

    /// Reads one of `middleware.storage`; nil for what is disabled, or none.
    init?(reading section: SectionReader) {
        let name = section.text("name") ?? ""
        guard !section.boolean("disabled", default: false), Self.names.contains(name) else {
            // Of what is disabled nothing has to be right.
            section.record.silently { _ = section.section("options") { Self.read("", $0) } }
            return nil
        }
        guard let middleware = section.section("options", { Self.read(name, $0) }) else { return nil }
        self = middleware
    }

    private static func read(_ name: String, _ options: SectionReader) -> StorageMiddleware? {
        let base = base(name, options)
        let cloudFront = cloudFront(name, base, options)
        let rewrite = Rewrite(
            scheme: options.value("scheme", default: nil) { scalar throws(InvalidValue) in
                guard ["", "http", "https"].contains(scalar.text) else { throw InvalidValue("must be http or https") }
                return scalar.text.isEmpty ? nil : scalar.text
            },
            host: options.value("host", default: nil) { scalar throws(InvalidValue) in
                guard !scalar.text.isEmpty else { return nil }
                let whole = ConfigurationNode.Scalar(text: "https://" + scalar.text, isPlain: false)
                guard let host = try ExternalHost.parse(whole), host.path.isEmpty else {
                    throw InvalidValue("must be a host, with or without a port")
                }
                return host.authority
            },
            trimmedPrefix: options.text("trimpathprefix")
        )
        switch name {
        case "redirect": return base.map { .redirect($0) }
        case "rewrite": return .rewrite(rewrite)
        default: return cloudFront.map { .cloudFront($0) }
        }
    }

    private static func base(_ name: String, _ options: SectionReader) -> ExternalHost? {
        let parse = { (scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> ExternalHost? in
            // As with distribution, CloudFront's may be a host alone.
            let isHost = name == "cloudfront" && !scalar.text.contains("://")
            let text = isHost ? "https://" + scalar.text : scalar.text
            return try ExternalHost.parse(ConfigurationNode.Scalar(text: text, isPlain: false))
        }
        guard needs(name, "baseurl") else { return options.value("baseurl", default: nil, parse) }
        return options.required("baseurl", default: nil, message: "is required by \(name)", parse)
    }

    private static func needs(_ name: String, _ key: String) -> Bool { required[name]?.contains(key) ?? false }

    private static func cloudFront(_ name: String, _ base: ExternalHost?, _ options: SectionReader) -> CloudFront? {
        func text(_ key: String) -> String {
            needs(name, key) ? options.requiredText(key) : options.text(key) ?? ""
        }
        var settings = CloudFront(
            base: base ?? ExternalHost(scheme: "", authority: ""),
            privateKey: text("privatekey"),
            keyPairID: text("keypairid")
        )
        settings.duration = options.duration("duration", default: settings.duration, zero: false)
        // The name that an old version of distribution has by mistake.
        let old = options.duration("updatefrenquency", default: settings.interval, zero: false)
        settings.interval = options.duration("updatefrequency", default: old, zero: false)
        settings.ranges = options.value("iprangesurl", default: settings.ranges) { scalar throws(InvalidValue) in
            try scalar.webAddress()
        }
        let regions = options.text("awsregion")
        let filter = options.value("ipfilteredby", default: "none") { scalar throws(InvalidValue) in
            let word = scalar.text.lowercased().filter { $0 != " " }
            guard ["", "none", "aws", "awsregion"].contains(word) else {
                throw InvalidValue("must be none, aws or awsregion, not \(scalar.text.quoted)")
            }
            return word
        }
        switch filter {
        case "aws": settings.filter = .regions([])
        case "awsregion":
            let names = (regions ?? "").split(separator: ",").map { $0.lowercased().filter { $0 != " " } }
            if names.isEmpty {
                options.report("ipfilteredby: awsregion needs awsregion, such as us-east-1,eu-central-1")
            }
            settings.filter = .regions(names)
        default: break
        }
        return base == nil ? nil : settings
    }
}
