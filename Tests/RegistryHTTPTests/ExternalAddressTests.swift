//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel
import Testing

@testable import RegistryHTTP

private func request(host: String?, _ headers: [(String, String)] = []) throws -> HTTPRequest {
    var fields = HTTPFields()
    for (name, value) in headers { fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
    return HTTPRequest(method: .get, scheme: "http", authority: host, path: "/v2/", headerFields: fields)
}

private func base(host: String? = "own.example", _ headers: (String, String)...) throws -> String {
    ExternalAddress().base(for: try request(host: host, headers))
}

@Suite("The address that clients are told")
struct ExternalAddressTests {
    @Test("It is the request's own host where nothing else is said")
    func own() throws {
        #expect(try base() == "http://own.example")
        #expect(try base(host: "own.example:5000") == "http://own.example:5000")
        #expect(try base(host: "[::1]:5000") == "http://[::1]:5000")
        #expect(try base(host: nil) == "")
    }

    @Test("Proxies say what clients see")
    func proxies() throws {
        #expect(try base(("X-Forwarded-Proto", "https")) == "https://own.example")
        #expect(try base(("X-Forwarded-Host", "out.example")) == "http://out.example")
        #expect(
            try base(("X-Forwarded-Host", " out.example , inner"), ("X-Forwarded-Proto", "HTTPS, http"))
                == "https://out.example"
        )
        #expect(try base(("Forwarded", "for=1.2.3.4;host=out.example;proto=https")) == "https://out.example")
        #expect(
            try base(("Forwarded", "Host=\"out.example:444\" ; Proto=https, host=inner")) == "https://out.example:444"
        )
    }

    @Test("Forwarded wins over the older headers, each part of it")
    func precedence() throws {
        let old = [("X-Forwarded-Host", "old.example"), ("X-Forwarded-Proto", "https")]
        let both = try request(host: "own.example", old + [("Forwarded", "host=new.example;proto=http")])
        #expect(ExternalAddress().base(for: both) == "http://new.example")
        let half = try request(host: "own.example", old + [("Forwarded", "host=new.example")])
        #expect(ExternalAddress().base(for: half) == "https://new.example")
    }

    @Test(
        "A host that could lead a client elsewhere is left out",
        arguments: [
            "evil.example/path", "user@evil.example", "evil.example?x", "evil.example#x", "a b", "a%0d%0ab", "<a>",
            "\"a\"",
            "a\\b", "é.example", "a,b", "a;b", "a'b", "javascript:alert(1)",
        ]
    )
    func hostile(_ host: String) throws {
        #expect(try base(host: host) == "")
        let forwarded = try base(("X-Forwarded-Host", host))
        #expect(forwarded == "" || forwarded == "http://a", "\(forwarded)")
    }

    @Test("Schemes other than HTTP's are left out", arguments: ["javascript", "ftp", "https://x", "", "file"])
    func schemes(_ scheme: String) throws {
        #expect(["", "http://own.example"].contains(try base(("X-Forwarded-Proto", scheme))))
        #expect(["", "http://own.example"].contains(try base(("Forwarded", "proto=\(scheme)"))))
    }

    @Test("Broken headers are as none", arguments: ["", ";", "=", ",,", "host", "host=;proto=", "====;;;,"])
    func broken(_ header: String) throws {
        #expect(["", "http://own.example"].contains(try base(("Forwarded", header))))
    }

    @Test("The configured host wins over all headers")
    func fixed() throws {
        var address = ExternalAddress()
        address.fixed = "https://fixed.example:8443"
        let asked = try request(host: "own.example", [("X-Forwarded-Host", "out.example")])
        #expect(address.base(for: asked) == "https://fixed.example:8443")
        address.prefix = "/registry/"
        #expect(address.base(for: asked) == "https://fixed.example:8443/registry")
        address.isRelative = true
        #expect(address.base(for: asked) == "/registry")
    }

    @Test("Links carry what comes before them, and encode what they carry")
    func links() throws {
        var address = ExternalAddress()
        address.fixed = "http://h/p"
        let links = Links(address, for: try request(host: "own.example", []))
        let name = try RepositoryName("a/b")
        #expect(links.upload(name, try UploadID("id"), state: "S") == "http://h/p/v2/a/b/blobs/uploads/id?_state=S")
        #expect(
            links.next("/v2/_catalog", after: "a>\r\n\"", limit: 3, filter: ("t", "x&y"))
                == "<http://h/p/v2/_catalog?last=a%3E%0D%0A%22&n=3&t=x%26y>; rel=\"next\""
        )
    }
}
