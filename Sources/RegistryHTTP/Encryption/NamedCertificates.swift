//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOSSL
import RegistryTelemetry

/// The certificates of a server that come from an authority, one for each of its names, and the answers to challenges.
///
/// Pure but for the contexts of TLS in it; what is to be done is given back, to be done outside of the lock.
struct NamedCertificates {
    private var certificates: [String: LoadedCertificate] = [:]
    private var challenges: [String: NIOSSLContext] = [:]
    /// The names that get a certificate soon, as far as is known.
    private var expected: Set<String>
    private var waiting: [String: [EventLoopPromise<NIOSSLContext?>]] = [:]
    private var hosts: Set<String>

    /// Connections that wait for a certificate, of each name; more are refused.
    private static let mostWaiting = 1000

    init(hosts: [String] = []) {
        self.hosts = Set(hosts)
        self.expected = Set(hosts)
    }

    /// The first of all ends.
    var notAfter: WallTime? { first?.notAfter }

    /// The beginning of the certificate that ends first.
    var notBefore: WallTime? { first?.notBefore }

    private var first: LoadedCertificate? {
        certificates.values.min { $0.notAfter.microseconds < $1.notAfter.microseconds }
    }

    /// What a client gets.
    mutating func choice(
        for hello: ClientHello,
        on eventLoop: any EventLoop,
        _ settings: EncryptionSettings
    ) -> ClientHelloHandler.Choice {
        guard let name = hello.serverName, hosts.contains(name) else { return .refuse(.unknownName) }
        if hello.isChallenge {
            return challenges[name].map { .answerChallenge($0) } ?? .refuse(.noCertificate)
        }
        if let certificate = certificates[name] { return .encrypt(certificate.context, settings) }
        guard expected.contains(name), waiting[name, default: []].count < Self.mostWaiting else {
            return .refuse(.noCertificate)
        }
        let promise = eventLoop.makePromise(of: NIOSSLContext?.self)
        waiting[name, default: []].append(promise)
        return .wait(promise.futureResult, settings)
    }

    /// - Returns: those who have waited for it.
    mutating func serve(_ host: String, with certificate: LoadedCertificate) -> [EventLoopPromise<NIOSSLContext?>] {
        guard hosts.contains(host) else { return [] }
        certificates[host] = certificate
        return waiting.removeValue(forKey: host) ?? []
    }

    mutating func answerChallenge(of host: String, with context: NIOSSLContext?) { challenges[host] = context }

    /// - Returns: those who have waited in vain.
    mutating func expect(_ host: String, _ isExpected: Bool) -> [EventLoopPromise<NIOSSLContext?>] {
        if isExpected {
            expected.insert(host)
            return []
        }
        expected.remove(host)
        return waiting.removeValue(forKey: host) ?? []
    }

    /// Goes on with other names and rules.
    /// - Returns: those who have waited in vain.
    mutating func follow(_ rules: HandshakeRules, hosts: [String]) -> [EventLoopPromise<NIOSSLContext?>] {
        expected.formUnion(Set(hosts).subtracting(self.hosts))
        self.hosts = Set(hosts)
        certificates = certificates.filter { self.hosts.contains($0.key) }.mapValues { $0.following(rules) }
        let gone = waiting.filter { !self.hosts.contains($0.key) }
        for host in gone.keys { waiting[host] = nil }
        return gone.values.flatMap(\.self)
    }
}
