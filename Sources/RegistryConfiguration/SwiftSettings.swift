//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in OpenStack Swift.
package struct SwiftSettings: Sendable, Equatable {
    package var username = ""
    package var password = Secret("")
    package var authURL = ""
    /// 1 to 3; nil for what the address tells.
    package var authVersion: Int?
    package var project: String?
    package var projectID: String?
    package var domain: String?
    package var domainID: String?
    package var projectDomain: String?
    package var projectDomainID: String?
    package var trustID: String?
    package var applicationID: String?
    package var applicationName: String?
    package var applicationSecret: Secret?
    package var region: String?
    /// `public`, `internal` or `admin`.
    package var endpointType = "public"
    package var container = ""
    package var prefix = ""
    package var skipsVerification = false
    /// A file with authorities of certificates; nil for those of the system.
    package var authorities: String?
    package var chunkBytes: Int64 = 20 << 20
    /// Signs addresses; nil for the key of the account or the container.
    package var temporaryKey: Secret?
    package var keepsKeyWithContainer = false
    /// Nil for all.
    package var temporaryMethods: [String]?

    package init() {}

    static let endpointTypes = ["public", "internal", "admin"]
    static let methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
}

extension SwiftSettings {
    /// Reads the section `storage.swift`.
    init(reading swift: SectionReader) {
        self.init()
        authURL = swift.requiredText("authurl") { scalar throws(InvalidValue) in
            guard scalar.text.hasPrefix("https://") || scalar.text.hasPrefix("http://") else {
                throw InvalidValue("must be a URL such as https://keystone.example.com/v3")
            }
            return scalar.text
        }
        container = swift.requiredText("container")
        username = swift.text("username") ?? ""
        password = Secret(swift.text("password") ?? "")
        applicationID = swift.text("applicationcredentialid")
        applicationName = swift.text("applicationcredentialname")
        applicationSecret = swift.text("applicationcredentialsecret").map { Secret($0) }
        let isApplication = applicationID != nil || applicationName != nil
        if isApplication != (applicationSecret != nil) {
            swift.report("needs applicationcredentialid or -name together with applicationcredentialsecret")
        }
        if !isApplication, username.isEmpty || password.exposed.isEmpty {
            swift.report("needs username and password, or an application's credential")
        }
        authVersion = swift.value("authversion", default: nil) { scalar throws(InvalidValue) in
            let number = try scalar.integer(atLeast: 0)
            guard number <= 3 else { throw InvalidValue("must be 1, 2 or 3, or 0 for what authurl tells") }
            return number == 0 ? nil : number
        }
        project = swift.text("tenant")
        projectID = swift.text("tenantid")
        domain = swift.text("domain")
        domainID = swift.text("domainid")
        projectDomain = swift.text("tenantdomain")
        projectDomainID = swift.text("tenantdomainid")
        trustID = swift.text("trustid")
        region = swift.text("region")
        endpointType = swift.value("endpointtype", default: "public") { scalar throws(InvalidValue) in
            // OpenStack's own programs write `publicURL`.
            let name = scalar.text.hasSuffix("URL") ? String(scalar.text.dropLast(3)) : scalar.text
            guard Self.endpointTypes.contains(name) else {
                throw InvalidValue("must be one of \(Self.endpointTypes.joined(separator: ", "))")
            }
            return name
        }
        prefix = (swift.text("prefix") ?? "").split(separator: "/").joined(separator: "/")
        skipsVerification = swift.boolean("insecureskipverify", default: false)
        authorities = swift.text("rootcertificates")
        chunkBytes = swift.value("chunksize", default: chunkBytes) { scalar throws(InvalidValue) in
            try scalar.bytes(from: 1 << 20, to: 5 << 30, "from 1 MiB to 5 GiB")
        }
        temporaryKey = swift.text("secretkey").map { Secret($0) }
        swift.refuse("accesskey")
        keepsKeyWithContainer = swift.boolean("tempurlcontainerkey", default: false)
        let methods = swift.values("tempurlmethods") { scalar throws(InvalidValue) in
            let name = scalar.text.uppercased()
            guard Self.methods.contains(name) else {
                throw InvalidValue("must be some of \(Self.methods.joined(separator: ", "))")
            }
            return name
        }
        temporaryMethods = methods.isEmpty ? nil : methods
    }
}
