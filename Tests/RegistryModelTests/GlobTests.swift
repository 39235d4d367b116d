//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryModel

@Suite("Patterns of names")
struct GlobTests {
    @Test(
        "A pattern fits what it says and nothing else",
        arguments: [
            ("library/*", "library/alpine", true), ("library/*", "library/a/b", false), ("library/*", "library", false),
            ("**", "a/b/c", true), ("team/**", "team/a/b", true), ("team/**", "teams/a", false),
            ("**/dev", "a/b/dev", true), ("*/dev", "a/b/dev", false), ("a?c", "abc", true), ("a?c", "a/c", false),
            ("a/*/c/**", "a/b/c/d/e", true), ("**/x/*", "a/x/b/x/c", true), ("*a*", "bab", true), ("", "a", false),
            ("v*", "v1.2", true), ("a", "a", true), ("a", "ab", false), ("a*", "a", true),
        ]
    )
    func fits(pattern: String, name: String, fits: Bool) {
        #expect(Glob(pattern).matches(name) == fits, "\(pattern) \(name)")
    }

    @Test("A pattern of many wildcards does not take long")
    func hostile() {
        let pattern = String(repeating: "*a", count: 100) + "b"
        #expect(!Glob(pattern).matches(String(repeating: "a", count: 255)))
    }
}
