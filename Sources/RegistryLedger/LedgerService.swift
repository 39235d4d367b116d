//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Keeps the ledger going: looks up what is uncertain, compares it with the storage where that is needed, and opens it
/// again when it could not be used.
package struct LedgerService: Service {
    private let ledger: SQLiteLedger
    private let interval: Duration

    package init(_ ledger: SQLiteLedger, interval: Duration = .seconds(1)) {
        self.ledger = ledger
        self.interval = interval
    }

    /// Runs until the server goes down.
    package func run() async {
        // Not a child: what is kept may wait for a disk that hangs just as the server goes down, and then nobody else ends that.
        let supervision = Task { await supervise() }
        await cancelWhenGracefulShutdown { await keep() }
        supervision.cancel()
    }

    /// Beside the other, which may itself wait for what hangs.
    private func supervise() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            ledger.writer.supervise(limit: ledger.settings.patience)
            ledger.spool.supervise(limit: ledger.settings.patience)
        }
    }

    private func keep() async {
        while !Task.isCancelled {
            await ledger.tend()
            try? await Task.sleep(for: interval)
        }
    }
}

extension SQLiteLedger {
    /// Does what is to be done at present.
    func tend() async {
        await takeUsage()
        if isUsable { await outbox.takePulls() }
        await outbox.settleAll()
        switch standing.state {
        case .off: return
        case .degraded:
            // What a later version wrote, only another program can read.
            guard standing.cause?.kind != .newer else { return }
            await open()
        case .current:
            await examineUncertain()
            await watchMark()
            await keepDays()
            await outbox.forgetDelivered()
        case .catchingUp: await catchUp()
        }
    }

    /// Another process may have changed something without this one, or this one without the ledger.
    private func watchMark() async {
        let mark: String?
        do throws(LedgerError) { mark = try await self.mark() } catch { return }
        guard mark != state.withLock({ $0.epoch }) || state.withLock({ $0.hasMissed }) else { return }
        await startOver()
    }

    /// Compares all once more.
    package func startOver() async {
        do throws(LedgerError) {
            enter(.catchingUp)
            try await forget()
            state.withLock { $0.hasMissed = false }
            try await renewMark()
        } catch {
            writer.close(error)
            degrade(error)
        }
    }

    private func catchUp() async {
        do throws(LedgerError) {
            await examineUncertain()
            let comparison = LedgerComparison(ledger: self, mends: true, pace: settings.pace)
            _ = try await comparison.run { _, progress in state.withLock { $0.progress = progress } }
            guard state.withLock({ !$0.hasMissed }), try await mark() == state.withLock({ $0.epoch }) else {
                return await startOver()
            }
            try await complete()
        } catch {
            // The storage fails, or it was told to end: it goes on from where it is.
        }
    }

    /// Lets go of the file; what was submitted is written before, unless the disk hangs.
    package func close() async {
        let isHung = standing.cause?.kind == .hung
        await Self.wait(atMost: isHung ? settings.patience : settings.patience * 4) { [self] in await closeFile() }
    }

    private func closeFile() async {
        await takeUsage()
        if isUsable { await outbox.takePulls() }
        await outbox.settleAll()
        try? await writer.settle()
        await leaveMark()
        await keepFingerprint()
        // The last connection merges the log into the file, which one that only reads cannot.
        readers.close()
        writer.close()
        enter(.off)
        await writer.shutdown()
        await spool.shutdown()
        state.withLock { $0.lock = nil }
    }
}
