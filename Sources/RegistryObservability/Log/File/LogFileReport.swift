import RegistryTelemetry
import Synchronization

/// Counts what happens to the files of a log, and tells of it.
final class LogFileReport: Sendable {
    let counters: LogFileCounters
    private let observer: any LogFileObserver
    private let troubles = Mutex<[Work: Trouble]>([:])

    /// What can fail apart from the rest.
    enum Work: Hashable {
        case synchronizing, opening, removing, compressing
    }

    private struct Trouble {
        let error: LogFileError
        let told: MonotonicTime
    }

    /// A trouble that stays is told of again after so long, and not with each try.
    private static let silence = Duration.seconds(600)

    init(counters: LogFileCounters, observer: any LogFileObserver) {
        self.counters = counters
        self.observer = observer
    }

    func note(_ event: LogFileEvent) {
        counters.count(event)
        observer.note(event)
    }

    /// Something failed, and will be tried again.
    func fail(_ error: LogFileError, at work: Work, now: MonotonicTime = .now) {
        let event = LogFileEvent.failed(error)
        counters.count(event)
        let isTold = troubles.withLock { troubles in
            if let trouble = troubles[work], trouble.error == error, now - trouble.told < Self.silence { return false }
            troubles[work] = Trouble(error: error, told: now)
            return true
        }
        if isTold { observer.note(event) }
    }

    /// It works.
    func succeed(at work: Work) { troubles.withLock { $0[work] = nil } }
}
