//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

extension SQLiteLedger {
    /// Opens the file, making it when it is missing, and finds out what must be looked up in the storage.
    ///
    /// A damaged file is moved aside and a new one begun. When this returns, either all changes are recorded or the
    /// ledger is degraded, and says so.
    /// - Parameter isPatient: whether it waits for a disk that hangs; else the ledger counts as hung after the settings'
    ///   patience for it, and is opened when the disk answers.
    package func open(isPatient: Bool = false) async {
        let isFirst = state.withLock { state in
            defer { state.isOpening = true }
            return !state.isOpening
        }
        // An earlier call still waits for the disk.
        guard isFirst else { return }
        await Self.wait(atMost: isPatient ? nil : settings.openingPatience) { [self] in
            await openFile()
            state.withLock { $0.isOpening = false }
        }
        let error = LedgerError(.hung, "opening has taken more than \(settings.openingPatience)")
        enter(.degraded, error) { $0.isOpening && ($0.phase == .off || $0.phase == .degraded) }
    }

    /// Waits for work that may wait for a disk, and no longer than a time; the work goes on then.
    /// - Parameter limit: nil for as long as it takes.
    static func wait(atMost limit: Duration?, _ work: @escaping @Sendable () async -> Void) async {
        guard let limit else { return await work() }
        let (ended, end) = AsyncStream.makeStream(of: Never.self)
        // Not a child, since it is left to itself when the time is over.
        Task {
            await work()
            end.finish()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in ended {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func openFile() async {
        do throws(LedgerError) {
            try await lock()
            do throws(LedgerError) {
                try await writer.open(settings.path)
                try await begin()
            } catch {
                guard error.kind == .corrupt else { throw error }
                writer.close()
                readers.close()
                let path = settings.path
                let aside = try await writer.onThread { () throws(LedgerError) in
                    LedgerFile.setAside(path, at: WallTime.now.microseconds / 1_000_000)
                }
                observer.note(
                    ServerEvent(.ledgerDamaged, [.init(.path, .text(aside)), .init(.cause, .text(error.cause))])
                )
                try await writer.open(settings.path)
                await salvageEvents(from: aside)
                try await begin()
            }
        } catch {
            writer.close()
            degrade(error)
        }
    }

    private func lock() async throws(LedgerError) {
        guard state.withLock({ $0.lock == nil }) else { return }
        let path = settings.path
        let lock = try await writer.onThread { () throws(LedgerError) in try LedgerLock(path) }
        state.withLock { $0.lock = lock }
    }

    /// What an open ledger knows of itself.
    private struct Memory: Sendable {
        var epoch: String?
        var nextEpoch: String?
        var isComplete: Bool
        /// Of the content, as it was when the ledger was closed in order.
        var fingerprint: String?
        var intents: [Int64: [StorageItem]]
        /// Whether an intent names something that this version does not know.
        var isUnreadable: Bool
    }

    private func begin() async throws(LedgerError) {
        let memory = try await remember()
        let mark = try await mark()
        let isMarked = mark != nil && (mark == memory.epoch || mark == memory.nextEpoch)
        let isAlone = try await isUnchanged(since: memory.fingerprint)
        let isTrusted = state.withLock { state in
            // What is missed from now on is found when the comparison ends.
            defer { state.hasMissed = false }
            for (id, items) in memory.intents where state.changes.open[id] == nil { state.uncertain[id] = items }
            return isMarked && isAlone && !memory.isUnreadable && !state.hasMissed
        }
        if !isTrusted { try await forget() }
        if settings.router != nil {
            try await writer.perform { [outbox] (_) throws(SQLiteError) in outbox.pulls.open() }
        }
        // From now on a change that is missed takes the mark away. Those that have begun without the ledger are promised
        // before it counts, and those that began meanwhile after that.
        try await promiseOpenChanges()
        try await writer.perform { (transaction) throws(SQLiteError) in try transaction.setMeta("fingerprint", nil) }
        try await renewMark()
        try await takeOverSpool()
        let isCurrent = isTrusted && memory.isComplete
        enter(isCurrent ? .current : .catchingUp)
        try await promiseOpenChanges()
        if isCurrent { try await examineUploads() }
        await examineUncertain()
    }

    private func remember() async throws(LedgerError) -> Memory {
        try await read { (reading) throws(SQLiteError) in
            let database = reading.database
            var memory = Memory(
                epoch: try database.meta("epoch"),
                nextEpoch: try database.meta("next_epoch"),
                isComplete: try database.meta("complete") == "1",
                fingerprint: try database.meta("fingerprint"),
                intents: [:],
                isUnreadable: false
            )
            (memory.intents, memory.isUnreadable) = try reading.intents()
            return memory
        }
    }

    /// Whether content has come or gone since the ledger was closed, by another registry.
    /// - Parameter fingerprint: nil after an end that was not in order, of which nothing is known.
    private func isUnchanged(since fingerprint: String?) async throws(LedgerError) -> Bool {
        guard let fingerprint else { return true }
        return try await reading { () async throws(StorageError) in try await tree.fingerprint() } == fingerprint
    }

    /// Leaves behind how the content is, so that the next opening notices what others have changed.
    func keepFingerprint() async {
        guard state.withLock({ $0.phase == .current && !$0.hasMissed && $0.changes.open.isEmpty }),
            let fingerprint = try? await tree.fingerprint()
        else { return }
        try? await writer.perform { (transaction) throws(SQLiteError) in
            try transaction.setMeta("fingerprint", fingerprint)
        }
    }

    private func promiseOpenChanges() async throws(LedgerError) {
        let (open, promised) = state.withLock { ($0.changes.open, $0.promised) }
        guard !open.isEmpty else { return }
        try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
            for (id, items) in open { try transaction.promise(items, id) }
            for (id, events) in promised { try transaction.promise(events, of: id) }
        }
    }

    // MARK: The mark

    /// What the storage says of its ledger: the epoch of the one that knows all of it.
    func mark() async throws(LedgerError) -> String? {
        do throws(StorageError) {
            return String(buffer: try await driver.read(DiskLayout.ledgerMark, limit: 64))
        } catch {
            guard error.code == .notFound || error.code == .tooLarge else {
                throw LedgerError(.failed, "the storage cannot be read: \(error)")
            }
            return nil
        }
    }

    /// Gives the ledger and the storage a new epoch in common.
    ///
    /// An old copy of either does not go with the other then. At a crash in between, the ledger knows both.
    func renewMark() async throws(LedgerError) {
        let epoch = UploadID().description
        try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
            try transaction.setMeta("next_epoch", epoch)
        }
        do throws(StorageError) {
            try await driver.replace(DiskLayout.ledgerMark, with: ByteBuffer(string: epoch), .durable)
        } catch {
            throw LedgerError(error.code == .readOnly ? .readOnly : .failed, "the storage takes no mark: \(error)")
        }
        try await writer.perform { (transaction) throws(SQLiteError) in
            try transaction.setMeta("epoch", epoch)
            try transaction.setMeta("next_epoch", nil)
        }
        state.withLock { $0.epoch = epoch }
    }

    /// Gives both another epoch at the end, so that a copy of the file that was made meanwhile is known for one.
    func leaveMark() async {
        guard let epoch = state.withLock({ $0.phase == .current && !$0.hasMissed ? $0.epoch : nil }) else { return }
        // One that is gone, or another's, says that something is not known here: so it must stay.
        guard let mark = try? await mark(), mark == epoch else { return }
        try? await renewMark()
    }

    /// All must be compared, from the start.
    func forget() async throws(LedgerError) {
        try await writer.perform(durably: true) { (transaction) throws(SQLiteError) in
            try transaction.setMeta("complete", nil)
            try transaction.setMeta("position", nil)
        }
    }

    // MARK: What only the storage can tell

    /// Looks up changes whose end is not known; those that cannot be looked up now are tried again.
    func examineUncertain() async {
        let uncertain = state.withLock { $0.uncertain }
        for (id, items) in uncertain.sorted(by: { $0.key < $1.key }) {
            do throws(LedgerError) { try await examine(items, of: id) } catch { return }
        }
    }

    /// Uploads that the ledger knows and that are gone, as those that others have purged.
    private func examineUploads() async throws(LedgerError) {
        let uploads = try await read { (reading) throws(SQLiteError) in
            try reading.database.rows(
                "SELECT repositories.name, uploads.id FROM uploads JOIN repositories ON repositories.id = repository"
            ) { ($0.text(0), $0.text(1)) }
        }
        for (text, upload) in uploads {
            guard let name = try? RepositoryName(text), let id = try? UploadID(upload) else { continue }
            let isThere = try await reading { () async throws(StorageError) in try await tree.hasUpload(id, in: name) }
            guard !isThere else { continue }
            try await writer.perform { (transaction) throws(SQLiteError) in
                try transaction.apply(.uploadEnded(name, id), by: nil)
            }
        }
    }
}

extension LedgerReading {
    /// Changes whose end was not seen.
    func intents() throws(SQLiteError) -> (items: [Int64: [StorageItem]], isUnreadable: Bool) {
        var intents: [Int64: [StorageItem]] = [:]
        var isUnreadable = false
        for (id, text) in try database.rows("SELECT id, items FROM intents", as: { ($0.integer(0), $0.text(1)) }) {
            let lines = text.split(separator: "\n")
            let items = lines.compactMap { StorageItem($0) }
            if items.count < lines.count { isUnreadable = true }
            intents[id] = items
        }
        return (intents, isUnreadable)
    }
}
