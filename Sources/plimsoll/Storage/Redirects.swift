//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle

/// Where clients are sent for blobs, as `middleware.storage` says, and what keeps that up to date.
struct Redirects {
    private(set) var middleware: [any RedirectMiddleware] = []
    private(set) var services: [any Service] = []

    /// - Parameters:
    ///   - pool: where keys are read and addresses signed.
    ///   - http: makes connections for lists of addresses.
    /// - Throws: when there is a key that cannot be read.
    init(
        _ configuration: RegistryConfiguration,
        _ pool: IOPool,
        observer: any Observer,
        http: () -> BackendHTTP
    ) async throws(StartFailure) {
        guard !configuration.storage.redirectDisabled else { return }
        for settings in configuration.middleware {
            switch settings {
            case .redirect(let base): middleware.append(RedirectToBase(base.description))
            case .rewrite(let rewrite):
                middleware.append(
                    RewriteAddress(scheme: rewrite.scheme, host: rewrite.host, trimming: rewrite.trimmedPrefix)
                )
            case .cloudFront(let settings):
                var list: AddressRangeList?
                if case .regions(let regions) = settings.filter {
                    let ranges = AddressRangeList(url: settings.ranges, regions: regions)
                    list = ranges
                    services.append(
                        AddressRangeService(
                            list: ranges,
                            url: settings.ranges,
                            interval: settings.interval,
                            http: http(),
                            observer: observer
                        )
                    )
                }
                middleware.append(
                    CloudFrontRedirect(
                        settings.base.description,
                        keys: configuration.storage.driver.bucketKeys,
                        key: try await Self.key(settings.privateKey, pool),
                        keyPairID: settings.keyPairID,
                        duration: settings.duration,
                        ranges: list,
                        pool: pool
                    )
                )
            }
        }
    }

    private static func key(_ path: String, _ pool: IOPool) async throws(StartFailure) -> RSASigningKey {
        let name = "middleware.storage: privatekey: \(path)"
        let text: String?
        do throws(ObjectStoreError) {
            text = try await SmallFile.read(path, pool)
        } catch {
            throw StartFailure(message: "plimsoll: \(name): \(error.cause)")
        }
        guard let text else { throw StartFailure(message: "plimsoll: \(name): there is no such file") }
        guard let key = RSASigningKey(pem: text) else {
            throw StartFailure(message: "plimsoll: \(name): holds no RSA key in PEM form")
        }
        return key
    }
}

extension StorageDriverSettings {
    /// Of S3, which is what CloudFront may stand in front of.
    fileprivate var bucketKeys: ObjectKeys? {
        if case .s3(let settings) = self { ObjectKeys(root: settings.rootDirectory) } else { nil }
    }
}
