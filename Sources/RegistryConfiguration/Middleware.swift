//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The section `middleware`, of which only what is disabled is taken.
enum Middleware {
    private static let known = [
        "registry": [], "repository": [], "storage": ["cloudfront", "redirect", "rewrite"],
    ]

    /// Reads the section `middleware`.
    static func read(_ middleware: SectionReader) {
        for kind in known.keys.sorted() {
            let names = known[kind] ?? []
            let _: [Void] = middleware.sections(kind) { section in
                let name = section.requiredText("name")
                let isDisabled = section.boolean("disabled", default: false)
                _ = section.freeEntries("options")
                if !isDisabled, !name.isEmpty { section.report(refusal(of: name, among: names, kind)) }
            }
        }
    }

    private static func refusal(of name: String, among names: [String], _ kind: String) -> String {
        guard names.contains(name) else {
            let hint = Suggestion.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
            return "unknown \(kind) middleware \(name.quoted)\(hint); remove it, or set disabled: true"
        }
        return "\(name) is not supported: blobs come from the registry itself; remove it, or set disabled: true"
    }
}
