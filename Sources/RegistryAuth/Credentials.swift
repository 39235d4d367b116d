//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// What a request brings to prove who sends it.
package struct Credentials: Sendable {
    /// The `Authorization` header; nil for none.
    package var authorization: String?
    /// The name in a client certificate that TLS has verified; nil for none.
    package var certificateName: String?
    /// The `Host` that the client knows the registry by; nil if it named none.
    package var host: String?
    /// The repository that a blob is to be mounted from: a token should be good for it too.
    package var mountSource: String?

    package init(authorization: String? = nil, certificateName: String? = nil, host: String? = nil) {
        self.authorization = authorization
        self.certificateName = certificateName
        self.host = host
    }

    /// Beyond this no header is looked at: heads have their own limit, and no honest token comes near this one.
    static let maximumBytes = 16 << 10

    /// The part of a header behind the name of its scheme (RFC 9110 §11.4), which has any case.
    static func parameter(of header: String, _ scheme: StaticString) -> Substring? {
        let name = header.utf8.prefix { $0 != UInt8(ascii: " ") }
        guard name.count == scheme.utf8CodeUnitCount, name.count < header.utf8.count else { return nil }
        let isScheme = scheme.withUTF8Buffer { zip(name, $0).allSatisfy { $0 | 0x20 == $1 | 0x20 } }
        guard isScheme else { return nil }
        return header[header.utf8.index(header.startIndex, offsetBy: name.count)...].drop { $0 == " " }
    }
}

/// A name and a password, by HTTP's Basic scheme (RFC 7617).
struct BasicCredentials: Equatable {
    let user: String
    /// Bytes as they were sent: bcrypt knows no characters.
    let password: [UInt8]

    /// Nil for what is not base64 of UTF-8 with a colon in it; a NUL would end a password early.
    init?(_ parameter: Substring) {
        guard let bytes = Base64.decode(parameter.utf8, .standard), !bytes.contains(0),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: bytes[..<colon], as: UTF8.self),
            user.utf8.count <= 255, user.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
        else { return nil }
        self.user = user
        self.password = Array(bytes[(colon + 1)...])
    }

    /// Some clients send this where they have no credentials.
    var areEmpty: Bool { user.isEmpty && password.isEmpty }
}
