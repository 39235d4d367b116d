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
            )
        ]
    }
}

/// Why a connection could not be encrypted, as metric label `reason`.
package enum HandshakeFailure: String, Sendable, CaseIterable {
    /// HTTP in clear.
    case notTLS = "not_tls"
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
