//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll

/// A certificate (RFC 5280).
final class Certificate: Sendable {
    /// libcrypto's certificate, which is only read.
    nonisolated(unsafe) private let pointer: OpaquePointer

    /// - Returns: nil for what is no certificate in DER.
    init?(der: [UInt8]) {
        guard let pointer = plimsoll_certificate(der, der.count) else { return nil }
        self.pointer = pointer
    }

    deinit { plimsoll_free_certificate(pointer) }

    /// Lends libcrypto's certificate, which must only be read.
    func withPointer<Output>(_ body: (OpaquePointer) -> Output) -> Output { body(pointer) }

    /// The key that it certifies.
    func key() throws(AuthFileError) -> VerificationKey { try VerificationKey(plimsoll_certificate_key(pointer)) }

    /// Verifies that a chain leads to a root.
    /// - Parameters:
    ///   - chain: the leaf first; at least one.
    ///   - time: seconds since 1970.
    /// - Returns: why it does not; nil if it does.
    static func problem(of chain: [Certificate], roots: [Certificate], time: Int64) -> String? {
        let pointers = (roots.map { Optional($0.pointer) }, chain.map { Optional($0.pointer) })
        let error = plimsoll_verify_chain(pointers.0, pointers.0.count, pointers.1, pointers.1.count, time)
        withExtendedLifetime((chain, roots)) {}
        return error.map { String(cString: $0) }
    }
}
