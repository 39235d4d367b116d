//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Where the parts of objects are until they are composed: beside the registry's tree, under
/// `<root>/.plimsoll/parts/<key>~<id>/<number>`, with the key's slashes encoded, so that a list of folders is a list of
/// uploads.
struct GCSPartKeys: Sendable, Equatable {
    private let root: String
    private let prefix: String

    /// - Parameter root: `rootdirectory`.
    init(root: String) {
        self.root = ObjectKeys(root: root).prefix
        self.prefix = self.root + ".plimsoll/parts/"
    }

    /// How all folders of uploads begin whose keys begin with a prefix.
    func folders(under prefix: String) -> String { self.prefix + PercentCoding.encode(relative(prefix)) }

    /// The folder of an upload's parts.
    func folder(_ upload: MultipartUpload) -> String {
        "\(prefix)\(PercentCoding.encode(relative(upload.key)))~\(upload.id)/"
    }

    func part(_ number: Int, of upload: MultipartUpload) -> String {
        let digits = String(number)
        return folder(upload) + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }

    /// Where parts are composed that are too many for once.
    func joined(_ level: Int, _ number: Int, of upload: MultipartUpload) -> String {
        folder(upload) + "joined-\(level)-\(number)"
    }

    /// Whether a key is that of a part, which nobody needs once the object is there.
    func isPart(_ key: String) -> Bool { key.utf8.starts(with: prefix.utf8) }

    /// The upload of a folder.
    func upload(ofFolder folder: String) -> MultipartUpload? {
        guard isPart(folder), folder.hasSuffix("/") else { return nil }
        let name = folder.dropping(prefix).dropLast()
        guard let mark = name.lastIndex(of: "~") else { return nil }
        let id = String(name[name.index(after: mark)...])
        guard let begun = Self.begun(id) else { return nil }
        return MultipartUpload(root + PercentCoding.decode(String(name[..<mark])), id: id, begun: begun)
    }

    private func relative(_ key: String) -> String { key.utf8.starts(with: root.utf8) ? key.dropping(root) : key }

    // MARK: Ids

    /// Tells when the upload was begun, and what mark its object is to have: the store keeps nothing of it.
    static func id(_ begun: WallTime, _ mark: ObjectMark) -> String {
        String(begun.microseconds, radix: 16) + random() + (mark == .appended ? "a" : "n")
    }

    static func mark(_ id: String) -> ObjectMark { id.hasSuffix("a") ? .appended : .none }

    private static func begun(_ id: String) -> WallTime? {
        // 16 digits and the letter.
        guard id.utf8.count > 17 else { return nil }
        return Int64(id.dropLast(17), radix: 16).map { WallTime(microseconds: $0) }
    }

    /// 16 hexadecimal digits.
    static func random() -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
