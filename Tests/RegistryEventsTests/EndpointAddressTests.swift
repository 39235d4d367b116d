//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryEvents

@Suite("Addresses of endpoints")
struct EndpointAddressTests {
    @Test(
        "are read as requests need them",
        arguments: [
            ("http://h", "h 80 h / false"),
            ("HTTP://h:80/", "h 80 h / false"),
            ("https://h.example.com/a/b?c=d", "h.example.com 443 h.example.com /a/b?c=d true"),
            ("https://h:80?c", "h 80 h:80 /?c true"),
            ("http://[::1]:8080/x", "::1 8080 [::1]:8080 /x false"),
            ("http://[::1]", "::1 80 [::1] / false"),
            ("http://h/ä%20#part", "h 80 h /%C3%A4%20 false"),
        ]
    )
    func read(url: String, expected: String) throws {
        let address = try #require(EndpointAddress(url))
        let parts = [address.host, "\(address.port)", address.authority, address.target, "\(address.isEncrypted)"]
        #expect(parts.joined(separator: " ") == expected)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "h", "ftp://h", "http://", "http:///x", "http://:80", "http://user@h", "http://h:0", "http://h:65536",
            "http://h:x", "http://[::1", "http://[::1]x",
        ]
    )
    func refused(url: String) { #expect(EndpointAddress(url) == nil) }

    @Test("tell numbers from names")
    func numeric() {
        #expect(EndpointAddress("http://127.0.0.1:1")?.isNumeric == true)
        #expect(EndpointAddress("http://[::1]")?.isNumeric == true)
        #expect(EndpointAddress("http://localhost")?.isNumeric == false)
    }
}
