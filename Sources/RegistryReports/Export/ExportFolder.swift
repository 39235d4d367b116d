//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc

/// The folder in which exports are published, each a folder with the name of its schedule and moment.
///
/// Blocks.
struct ExportFolder {
    let path: String

    /// Makes the folder where it is missing; its parent must be there.
    func make() throws(ReportFailure) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else { throw .file(path) }
    }

    /// Whether there is an export of a name.
    func has(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    /// A new folder for the files of an export, which nobody takes for one that is whole.
    func begin(_ name: String) throws(ReportFailure) -> String {
        let draft = "\(path)/.\(name).\(String(UInt64.random(in: .min ... .max), radix: 16))"
        guard mkdir(draft, 0o750) == 0 else { throw .file(draft) }
        return draft
    }

    /// Gives an export its name, durably; never one that is taken.
    /// - Returns: false if there is one of that name, and this one was thrown away.
    func publish(_ draft: String, as name: String) throws(ReportFailure) -> Bool {
        let result = plimsoll_rename_new(draft, "\(path)/\(name)")
        guard result != EEXIST else {
            try PlainFile.remove(folder: draft)
            return false
        }
        guard result == 0 else {
            errno = result
            throw .file("\(path)/\(name)")
        }
        try PlainFile.synchronize(folder: path)
        return true
    }

    /// Removes drafts of a schedule that were left behind by a crash, and exports beyond those that stay.
    func tidy(_ schedule: ExportSchedule) throws(ReportFailure) {
        let names = try PlainFile.names(in: path)
        for name in names where name.hasPrefix(".") {
            let rest = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
            // The name of a schedule may have points in it, what is behind the last one is not of the name.
            if rest.count > 1, schedule.owns(rest.dropLast().joined(separator: ".")) {
                try PlainFile.remove(folder: "\(path)/\(name)")
            }
        }
        for name in schedule.surplus(among: names) {
            // Nobody must see one without some of its files.
            let draft = "\(path)/.\(name).old"
            guard rename("\(path)/\(name)", draft) == 0 else { throw .file("\(path)/\(name)") }
            try PlainFile.remove(folder: draft)
        }
    }
}
