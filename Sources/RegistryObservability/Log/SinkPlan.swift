//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// A sink to be: what it takes, and how its thread writes.
package struct SinkPlan: Sendable {
    let name: LogSinkName
    let filter: SinkFilter
    let journal: JournalForm?
    let form: LineForm
    var limits = SinkQueue.Limits()
    /// Works on the sink's thread until the end.
    let run: @Sendable (LogSink, OutputContext, consuming EntryEncoder) -> Void

    init(
        _ name: LogSinkName,
        _ filter: SinkFilter,
        journal: JournalForm? = nil,
        form: LineForm = .json,
        run: @escaping @Sendable (LogSink, OutputContext, consuming EntryEncoder) -> Void
    ) {
        self.name = name
        self.filter = filter
        self.journal = journal
        self.form = form
        self.run = run
    }

    /// Lines to a file descriptor.
    /// - Parameter descriptor: neither closed nor made non-blocking, since other processes may share it.
    package static func stdout(_ filter: SinkFilter = SinkFilter(), descriptor: Int32) -> SinkPlan {
        SinkPlan(.stdout, filter) { sink, context, encoder in
            sink.work(with: LineOutput(DescriptorOutput(descriptor: descriptor), context), encoder, note: context.note)
        }
    }

    /// Entries to systemd's journal.
    /// - Parameters:
    ///   - socket: path of the journal's socket.
    ///   - batch: entries that are sent together at most.
    package static func journald(
        _ filter: SinkFilter = SinkFilter(),
        socket: String,
        message: JournalMessage = .json,
        batch: Int
    ) -> SinkPlan {
        let form = JournalForm(message: message, batch: batch)
        return SinkPlan(.journald, filter, journal: form) { sink, context, encoder in
            sink.work(with: JournalOutput(path: socket, form, context), encoder, note: context.note)
        }
    }

    /// What of an entry is written.
    var section: EncodedEntry.Section { journal != nil ? .fields : form == .combined ? .combined : .line }
}

/// How lines look.
package enum LineForm: Sendable {
    /// Everything, as JSON Lines.
    case json
    /// Requests alone, as Apache's combined format.
    case combined
}
