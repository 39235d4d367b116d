//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryStorage

/// The folder that keeps an account's key and the certificates (`http.tls.letsencrypt.cachefile`).
///
/// Names and contents are distribution's (those of Go's autocert): `acme_account+key`, and a file a host, so that its
/// servers go on with what is here, and this one with theirs. Each file is replaced by one rename, and readable by its owner
/// alone. All of it blocks.
package struct CertificateFolder: Sendable, Equatable {
    /// Its path.
    package let path: String

    private static let accountName = "acme_account+key"
    /// By which autocert called it until 2018.
    private static let oldAccountName = "acme_account.key"
    private static let maximumBytes = 1 << 20

    package init(path: String) { self.path = path }

    /// Makes the folder if it is missing, and finds out whether it can be used.
    /// - Throws: why it cannot.
    package func prepare() throws(FolderFault) {
        var position = path.startIndex
        while position < path.endIndex {
            position = path[path.index(after: position)...].firstIndex(of: "/") ?? path.endIndex
            if mkdir(String(path[..<position]), 0o700) != 0, errno != EEXIST, errno != EISDIR { throw fault() }
        }
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw fault() }
        guard facts.st_mode & S_IFMT == S_IFDIR else { throw FolderFault(path: path, cause: "is not a folder") }
        guard access(path, R_OK | W_OK | X_OK) == 0 else { throw fault() }
    }

    /// The path of what is kept of a host.
    func path(of host: String) -> String { "\(path)/\(host)" }

    /// What is kept of a host; nil if there is nothing.
    /// - Throws: if it is no good.
    func certificate(for host: String) throws(FolderFault) -> IssuedCertificate? {
        guard let bytes = try read(host) else { return nil }
        do {
            return try IssuedCertificate(host: host, pem: bytes)
        } catch {
            throw FolderFault(path: path(of: host), cause: error.cause)
        }
    }

    func keep(_ certificate: IssuedCertificate) throws(FolderFault) {
        try replace(certificate.host, with: certificate.pem)
    }

    /// The key of the account; one is made where there is none.
    func accountKey() throws(FolderFault) -> SigningKey {
        for name in [Self.accountName, Self.oldAccountName] {
            guard let bytes = try read(name) else { continue }
            do {
                return try SigningKey(pem: bytes)
            } catch {
                throw FolderFault(path: "\(path)/\(name)", cause: error.cause)
            }
        }
        do {
            let key = try SigningKey()
            try replace(Self.accountName, with: key.pem)
            return key
        } catch let error as FolderFault {
            throw error
        } catch {
            throw FolderFault(path: "\(path)/\(Self.accountName)", cause: "\(error)")
        }
    }

    // MARK: Files

    private func read(_ name: String) throws(FolderFault) -> [UInt8]? {
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw fault(name)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        var count = 0
        while count < bytes.count {
            let part = bytes[count...].withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if part < 0 {
                if errno == EINTR { continue }
                throw fault(name)
            }
            if part == 0 { break }
            count += part
        }
        return Array(bytes[..<count])
    }

    private func replace(_ name: String, with bytes: [UInt8]) throws(FolderFault) {
        do throws(SystemError) { try WholeFile.replace("\(path)/\(name)", with: bytes, .own) } catch {
            throw FolderFault(path: "\(path)/\(name)", cause: error.text)
        }
    }

    /// Of the last call.
    private func fault(_ name: String? = nil) -> FolderFault {
        FolderFault(path: name.map { "\(path)/\($0)" } ?? path, cause: String(cString: strerror(errno)))
    }
}

/// Why something cannot be kept, or what is kept cannot be used.
package struct FolderFault: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let cause: String

    /// Both, for the operator.
    package var description: String { "\(path): \(cause)" }
}
