//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

extension SinkPlan {
    /// Lines to a file that is rotated.
    /// - Parameters:
    ///   - filter: with ``LineForm/combined`` events do not come in, whatever it says.
    ///   - file: the sink's thread alone uses it from now on.
    ///   - form: how lines look.
    package static func file(
        _ filter: SinkFilter,
        _ file: consuming RotatingFile,
        form: LineForm = .json
    ) -> SinkPlan {
        let handover = Handover(file)
        var filter = filter
        filter.takesRequestsAlone = form == .combined
        var plan = SinkPlan(.file, filter, form: form) { sink, context, encoder in
            guard let file = handover.take() else { return }
            sink.work(with: LineOutput(file, context, form), encoder, note: context.note)
        }
        // A write for each few entries would cost more than they, and nobody reads along who would feel many.
        plan.limits.handful = 256
        return plan
    }

    /// Carries the file to the thread.
    private final class Handover: Sendable {
        private let file: Mutex<RotatingFile?>

        init(_ file: consuming RotatingFile) { self.file = Mutex(file) }

        func take() -> RotatingFile? { file.withLock { $0.take() } }
    }
}

/// Tells the observers of what happens to log files, which are opened before there are observers.
package final class LogFileRelay: LogFileObserver {
    private let state = Mutex(State())

    private struct State {
        var observer: (any Observer)?
        var early: [ServerEvent] = []
    }

    package init() {}

    /// Tells `observer` of what happened so far, and of all that will.
    package func connect(_ observer: any Observer) {
        let early = state.withLock { state in
            defer { state = State(observer: observer) }
            return state.early
        }
        for event in early { observer.note(event) }
    }

    package func note(_ event: LogFileEvent) {
        let event = event.serverEvent
        let observer = state.withLock { state in
            if state.observer == nil { state.early.append(event) }
            return state.observer
        }
        observer?.note(event)
    }
}
