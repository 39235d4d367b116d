//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// What is to be changed in the ledger for it to say of one repository what the storage has.
struct RepositoryComparison {
    let name: RepositoryName
    let storage: TreeReader.Repository
    let ledger: TreeReader.Repository
    /// What manifests say that the ledger does not know; one whose content cannot be read has no place here, and no link
    /// in the ledger.
    let entries: [Digest: ManifestEntry]
    /// Manifests that the ledger does not know.
    let unknown: Set<Digest>
    /// Uploads that have just begun and may not be in the storage yet.
    let young: Set<UploadID>

    struct Finding: Sendable {
        let fact: LedgerFact
        let difference: LedgerDifference
    }

    var findings: [Finding] {
        var findings: [Finding] = []
        func find(_ kind: String, _ what: String, _ ledger: String?, _ storage: String?, _ fact: LedgerFact) {
            let difference = LedgerDifference(kind, name.description, what, ledger: ledger, storage: storage)
            findings.append(Finding(fact: fact, difference: difference))
        }
        for digest in Set(storage.layers.keys).union(ledger.layers.keys) {
            let (there, here) = (storage.layers[digest], ledger.layers[digest])
            guard there != here else { continue }
            let what = digest.description
            find("layer", what, here?.description, there?.description, .layer(name, digest, there))
        }
        for digest in storage.manifests.subtracting(ledger.manifests) {
            if let entry = entries[digest] {
                find("manifest", digest.description, nil, "linked", .linked(name, entry))
            } else if !unknown.contains(digest) {
                find("manifest", digest.description, nil, "linked", .linkedAgain(name, digest))
            }
        }
        for digest in ledger.manifests.subtracting(storage.manifests) {
            find("manifest", digest.description, "linked", nil, .unlinked(name, digest))
        }
        for (tag, target) in storage.tags where ledger.tags[tag] != .some(target) {
            find("tag", tag, Self.text(ledger.tags[tag]), Self.text(target), .tag(name, tag, target))
        }
        for tag in ledger.tags.keys where storage.tags.index(forKey: tag) == nil {
            find("tag", tag, Self.text(ledger.tags[tag]), nil, .noTag(name, tag))
        }
        for id in storage.uploads.subtracting(ledger.uploads) {
            find("upload", id.description, nil, "open", .upload(name, id))
        }
        for id in ledger.uploads.subtracting(storage.uploads) where !young.contains(id) {
            find("upload", id.description, "open", nil, .noUpload(name, id))
        }
        // Last, since links that are there list it.
        if storage.isListed != ledger.isListed {
            let words = [true: "listed", false: "not listed"]
            let fact = LedgerFact.listed(name, storage.isListed)
            find("repository", "", words[ledger.isListed], words[storage.isListed], fact)
        }
        return findings
    }

    private static func text(_ target: Digest??) -> String? {
        target.map { $0?.description ?? "leads nowhere" }
    }
}
