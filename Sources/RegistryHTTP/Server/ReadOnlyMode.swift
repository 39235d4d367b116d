//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// Whether the registry takes changes, which can be said while it runs.
///
/// What was said last holds: at the start the configuration, then whoever asks.
package final class ReadOnlyMode: Sendable {
    private let instruments: Instruments
    private let observer: any Observer
    private let state: Mutex<State>
    /// For those who only want to know, and come often.
    private let flag: Atomic<Bool>

    private struct State {
        var isOn: Bool
        /// Requests being served that may change something.
        var changes = 0
    }

    /// - Parameter isOn: `storage.maintenance.readonly.enabled`.
    package init(_ isOn: Bool, instruments: Instruments, observer: any Observer) {
        self.instruments = instruments
        self.observer = observer
        self.state = Mutex(State(isOn: isOn))
        self.flag = Atomic(isOn)
        instruments.readOnly.set(isOn ? 1 : 0)
    }

    /// Whether changes are refused.
    package var isOn: Bool { flag.load(ordering: .relaxed) }

    /// Requests under way that began before changes were refused, or are being served now.
    ///
    /// Once this is 0 in read-only mode, no client changes anything any more.
    package var changesUnderWay: Int { state.withLock(\.changes) }

    /// Refuses changes from now on, or takes them again.
    ///
    /// Those under way go on.
    /// - Parameter source: who asks, for the log.
    /// - Returns: whether that is a change.
    @discardableResult
    package func set(_ isOn: Bool, by source: String) -> Bool {
        change(by: source) { _ in isOn }.isChange
    }

    /// Does the opposite of what holds, also when several do so at once.
    /// - Returns: what holds now.
    @discardableResult
    package func toggle(by source: String) -> Bool { change(by: source) { !$0 }.isOn }

    private func change(by source: String, _ next: (Bool) -> Bool) -> (isOn: Bool, isChange: Bool) {
        let (isOn, isChange) = state.withLock { state in
            let isOn = next(state.isOn)
            defer { state.isOn = isOn }
            flag.store(isOn, ordering: .relaxed)
            instruments.readOnly.set(isOn ? 1 : 0)
            return (isOn, state.isOn != isOn)
        }
        if isChange { tell(isOn, by: source) }
        return (isOn, isChange)
    }

    /// Has the log say how it is.
    package func tell(by source: String) { tell(isOn, by: source) }

    private func tell(_ isOn: Bool, by source: String) {
        observer.note(ServerEvent(isOn ? .readOnlyEntered : .readOnlyLeft, [.init(.by, .text(source))]))
    }

    /// Something that may change the content begins: a request, or a round of purging.
    /// - Returns: false if it is refused; else `endChange` must follow.
    package func beginChange() -> Bool {
        state.withLock { state in
            guard !state.isOn else { return false }
            state.changes += 1
            return true
        }
    }

    /// What may change the content has ended.
    package func endChange() { state.withLock { $0.changes -= 1 } }
}
