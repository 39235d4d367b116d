//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Instruments {
    var encryptionFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_tls_handshake_failures_total",
                "Connections that ended before they were encrypted, by reason.",
                labels: ["reason"],
                tlsHandshakeFailures,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_tls_certificate_orders_total",
                "Certificates ordered by ACME, by what came of it.",
                labels: ["result"],
                certificateOrders,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_tls_certificate_orders_failing",
                "Hosts whose last order of a certificate by ACME has failed.",
                certificateOrdersFailing
            ),
        ]
    }
}

/// What came of ordering a certificate by ACME (RFC 8555), as metric label `result`.
package enum CertificateOrderResult: String, Sendable, CaseIterable {
    /// The first certificate of a host.
    case issued
    case renewed
    /// The authority cannot be reached, is not trusted, or has troubles of its own.
    case unreachable
    /// The authority was asked too often.
    case rateLimited = "rate_limited"
    /// The authority did not find this server at the host's name.
    case challengeFailed = "challenge_failed"
    /// The authority refuses for another reason.
    case refused
    /// The authority's answers make no sense, or the key of the account cannot be used.
    case failed
}

/// Why a connection could not be encrypted, as metric label `reason`.
package enum HandshakeFailure: String, Sendable, CaseIterable {
    /// HTTP in clear.
    case notTLS = "not_tls"
    /// Certificates come by ACME, and the client asks for none of the names that they are for, or for no name.
    case unknownName = "unknown_name"
    /// Certificates come by ACME, and there is none yet for the name.
    case noCertificate = "no_certificate"
    /// A version of TLS that is not spoken, or no TLS at all.
    case version
    /// No suite, curve or signature in common.
    case cipher
    /// The client shows no certificate and must.
    case clientCertificateMissing = "client_certificate_missing"
    /// The client's certificate comes from no authority that counts, or has ended.
    case clientCertificateRefused = "client_certificate_refused"
    /// The client says why: most often it does not trust the server's certificate.
    case refusedByClient = "refused_by_client"
    /// The client went away; checks of load balancers do so.
    case clientLeft = "client_left"
    /// The client took longer than `http.timeouts.header`.
    case timeout
    case other
}
