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
    /// The driver of a container of OpenStack Swift.
    /// - Throws: when a file that is named is not there.
    static func swift(_ swift: SwiftSettings, redirects: Bool, _ around: ObjectStorageSurroundings) throws(StartFailure)
        -> ObjectStorageDriver
    {
        if let path = swift.authorities, access(path, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw StartFailure(message: "plimsoll: storage.swift.rootcertificates: \(path): \(reason)")
        }
        let place = SwiftObjectStore.Settings(swift)
        var settings = Settings()
        settings.root = place.root
        settings.redirects = redirects
        settings.chunkBytes = swift.chunkBytes
        // Whole segments are copied, by servers that read and write them for it.
        settings.copyThresholdBytes = 1 << 30
        settings.copyChunkBytes = 5 << 30
        settings.copiesInFlight = 8
        let governor = RequestGovernor(driver: "swift", around.instruments)
        var connection = BackendHTTP.Settings()
        connection.authorities = swift.authorities
        connection.skipsVerification = swift.skipsVerification
        connection.userAgent = "plimsoll/\(Version.number)"
        let http = BackendHTTP(connection, on: around.loops)
        return ObjectStorageDriver(
            SwiftObjectStore(place, SwiftCredentials(swift), http, governor: governor),
            settings,
            pool: around.pool,
            governor: governor,
            instruments: around.instruments
        )
    }
}

extension SwiftObjectStore.Settings {
    fileprivate init(_ swift: SwiftSettings) {
        self.init(container: swift.container)
        prefix = swift.prefix
        temporaryKey = swift.temporaryKey?.exposed
        keepsKeyWithContainer = swift.keepsKeyWithContainer
        if let methods = swift.temporaryMethods { temporaryMethods = methods.compactMap { SignedMethod(rawValue: $0) } }
    }
}

extension SwiftCredentials {
    fileprivate init(_ swift: SwiftSettings) {
        let version = swift.authVersion.flatMap { Version(rawValue: $0) } ?? Version(authURL: swift.authURL)
        self.init(authURL: swift.authURL, version: version)
        username = swift.username
        password = swift.password.exposed
        domain = Named(name: swift.domain, id: swift.domainID)
        project = Named(name: swift.project, id: swift.projectID)
        projectDomain = Named(name: swift.projectDomain, id: swift.projectDomainID)
        trust = swift.trustID
        if let secret = swift.applicationSecret {
            let credential = Named(name: swift.applicationName, id: swift.applicationID)
            application = Application(credential, secret: secret.exposed)
        }
        region = swift.region
        endpoint = EndpointType(rawValue: swift.endpointType) ?? .public
    }
}
