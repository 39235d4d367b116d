//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The section `middleware`.
enum Middleware {
    /// Reads the section: that of the storage, in the order in which each stands around the one before.
    static func read(_ middleware: SectionReader) -> [StorageMiddleware] {
        for kind in ["registry", "repository"] {
            let _: [Void] = middleware.sections(kind) { section in
                refuseUnknown(section, among: [], kind)
                _ = section.freeEntries("options")
            }
        }
        return middleware.sections("storage") { section in
            refuseUnknown(section, among: StorageMiddleware.names, "storage")
            return StorageMiddleware(reading: section)
        }
    }

    private static func refuseUnknown(_ section: SectionReader, among names: [String], _ kind: String) {
        let name = section.requiredText("name")
        let isDisabled = section.boolean("disabled", default: false)
        guard !isDisabled, !name.isEmpty, !names.contains(name) else { return }
        let hint = Suggestion.nearest(to: name, among: names).map { "; did you mean \($0)?" } ?? ""
        section.report("unknown \(kind) middleware \(name.quoted)\(hint); remove it, or set disabled: true")
    }
}
