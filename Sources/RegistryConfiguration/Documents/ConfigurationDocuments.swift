//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What is made from the catalogue: pages, the template, the schema for editors.
package enum ConfigurationDocuments {
    /// The catalogue's text without the marks of Markdown.
    static func plain(_ text: String) -> String {
        text.replacing("[Traces](tracing.md)", with: "docs/tracing.md").replacing("`", with: "")
    }

    /// The text as a sentence.
    static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    /// The text in lines of at most `width` letters, each behind `prefix`.
    static func wrapped(_ text: String, prefix: String, width: Int = 120) -> [String] {
        var lines: [String] = []
        var line = prefix
        for word in text.split(separator: " ") {
            if line.count > prefix.count, line.count + word.count + 1 > width {
                lines.append(line)
                line = prefix
            }
            line += (line.count > prefix.count ? " " : "") + word
        }
        return lines + [line]
    }

    /// What holds where a key is left out, in words.
    static func defaultWords(_ key: ConfigurationKey) -> String? {
        if key.isRequired { return nil }
        if let words = key.defaultWords { return words }
        return key.kind.isLeaf ? key.defaultValue ?? "none" : nil
    }
}
