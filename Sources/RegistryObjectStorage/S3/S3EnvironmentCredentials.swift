//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import RegistryStorage
package import RegistryTelemetry

/// Credentials of the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
package struct S3EnvironmentCredentials: S3CredentialSource {
    private let environment: [String: String]

    package init(_ environment: [String: String]) { self.environment = environment }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        guard let access = environment["AWS_ACCESS_KEY_ID"] ?? environment["AWS_ACCESS_KEY"], !access.isEmpty,
            let secret = environment["AWS_SECRET_ACCESS_KEY"] ?? environment["AWS_SECRET_KEY"], !secret.isEmpty
        else { return nil }
        let token = environment["AWS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return S3Credentials(access, secret, sessionToken: token)
    }
}

/// Credentials of the shared file: `~/.aws/credentials` or `AWS_SHARED_CREDENTIALS_FILE`, profile `AWS_PROFILE`.
package struct S3FileCredentials: S3CredentialSource {
    private let path: String?
    private let profile: String
    private let pool: IOPool

    package init(_ environment: [String: String], pool: IOPool) {
        self.path = environment["AWS_SHARED_CREDENTIALS_FILE"] ?? environment["HOME"].map { $0 + "/.aws/credentials" }
        self.profile = environment["AWS_PROFILE"] ?? "default"
        self.pool = pool
    }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        guard let path, let text = try await SmallFile.read(path, pool) else { return nil }
        let values = Self.values(text, of: profile)
        guard let access = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] else { return nil }
        // It may be written anew by whoever has made it.
        let expiry = values["aws_session_token"] == nil ? nil : WallTime(microseconds: time.microseconds + 600_000_000)
        return S3Credentials(access, secret, sessionToken: values["aws_session_token"], expiry: expiry)
    }

    /// The values of one section of a file in INI form.
    static func values(_ text: String, of profile: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.hasPrefix("["), line.hasSuffix("]") {
                isInside = line.dropFirst().dropLast().trimmed == profile
            } else if isInside, !line.hasPrefix("#"), !line.hasPrefix(";"), let sign = line.firstIndex(of: "=") {
                values[String(line[..<sign].trimmed).lowercased()] = String(line[line.index(after: sign)...].trimmed)
            }
        }
        return values
    }
}

extension StringProtocol {
    /// Without space at its ends.
    var trimmed: SubSequence {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return rest
    }
}

/// A file of some kilobytes.
package enum SmallFile {
    private static let mostBytes = 1 << 20

    /// - Returns: nil if it is not there.
    package static func read(_ path: String, _ pool: IOPool) async throws(ObjectStoreError) -> String? {
        do throws(StorageError) {
            return try await pool.run { () throws(StorageError) in
                let descriptor = open(path, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else {
                    if errno == ENOENT || errno == ENOTDIR { return nil }
                    throw StorageError(.failed, "read", .root, cause: "\(path): \(String(cString: strerror(errno)))")
                }
                defer { close(descriptor) }
                var bytes = [UInt8](repeating: 0, count: mostBytes)
                var count = 0
                while count < mostBytes {
                    let got = bytes.withUnsafeMutableBytes {
                        Glibc.read(descriptor, $0.baseAddress?.advanced(by: count), mostBytes - count)
                    }
                    guard got > 0 else { break }
                    count += got
                }
                return String(decoding: bytes[..<count], as: UTF8.self)
            }
        } catch {
            throw ObjectStoreError(.denied, error.cause)
        }
    }
}
