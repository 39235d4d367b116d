//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOSSL
import RegistryConfiguration
import RegistryEvents
import RegistryModel
import RegistryReports
import RegistryStorage

extension EventFilter {
    init(_ filter: NotificationSettings.Filter) {
        self.init(
            repositories: filter.repositories.map { Glob($0) },
            actions: filter.actions.isEmpty ? nil : Self.actions(filter.actions),
            ignoredActions: Self.actions(filter.ignoredActions),
            ignoredMediaTypes: Set(filter.ignoredMediaTypes)
        )
    }

    private static func actions(_ words: [String]) -> Set<StorageEvent.Action> {
        Set(words.compactMap { StorageEvent.Action(rawValue: $0) })
    }
}

extension EventSource {
    /// By the name of this machine and the port of the configuration, as distribution has it.
    init(_ http: HTTPSettings) {
        self.init(address: http.unixSocketPath ?? "\(EventSource.hostName):\(http.address.port)")
    }
}

extension EndpointSettings {
    init(_ endpoint: NotificationSettings.Endpoint) {
        self.init(
            name: endpoint.name,
            address: endpoint.url,
            headers: endpoint.headers.map { .init(name: $0.name, value: $0.value.exposed) },
            form: EventForm(rawValue: endpoint.format.rawValue) ?? .distribution,
            timeout: endpoint.timeout,
            batch: .init(size: endpoint.batch.size, wait: endpoint.batch.wait),
            parallel: endpoint.parallel,
            retries: .init(threshold: endpoint.threshold, backoff: endpoint.backoff, maximum: endpoint.maxRetries),
            queue: .init(
                count: endpoint.queue.count.map { Int64($0) },
                bytes: endpoint.queue.bytes,
                age: endpoint.queue.age
            ),
            deadLetters: .init(count: endpoint.deadLetters.count.map { Int64($0) }, age: endpoint.deadLetters.age)
        )
    }
}

extension EndpointPlan {
    /// Reads what the endpoint needs from files.
    init(reading endpoint: NotificationSettings.Endpoint) throws(StartFailure) {
        let place = "notifications.endpoints: \(endpoint.name)"
        var secrets = endpoint.secret.map { [$0.exposed] } ?? []
        if let path = endpoint.secretFile { secrets += try Self.secrets(in: path, "\(place): secretfile") }
        let tls: TLSConfiguration
        do {
            tls = try TLSConfiguration(endpoint.tls)
        } catch {
            throw StartFailure(message: "\(place): tls: \(error)")
        }
        self.init(EndpointSettings(endpoint), secrets: secrets, tls: endpoint.tls.isStandard ? nil : tls)
    }

    /// One a line; lines that are empty or begin with `#` count for nothing.
    private static func secrets(in path: String, _ place: String) throws(StartFailure) -> [String] {
        let bytes: [UInt8]
        do throws(ReportFailure) { bytes = try ReportFile.read(path) } catch {
            throw StartFailure(message: "\(place): \(error.message)")
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        let secrets = lines.filter { !$0.hasPrefix("#") }
        guard !secrets.isEmpty else { throw StartFailure(message: "\(place): \(path): there is no secret in it") }
        return secrets
    }
}

extension TLSConfiguration {
    fileprivate init(_ tls: NotificationSettings.TLS) throws {
        self = .makeClientConfiguration()
        minimumTLSVersion = tls.minimumVersion == .tls13 ? .tlsv13 : .tlsv12
        if !tls.rootCAs.isEmpty {
            trustRoots = .certificates(try tls.rootCAs.flatMap { try NIOSSLCertificate.fromPEMFile($0) })
        }
        if let certificate = tls.certificate {
            certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        }
        if let key = tls.key { privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)) }
    }
}
