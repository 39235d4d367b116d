//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The metrics of requests, as one view of their records.
package struct MetricsObserver: Observer {
    private let instruments: Instruments

    package init(_ instruments: Instruments) { self.instruments = instruments }

    package func begin(_ route: RouteName) {
        instruments.inFlight[route].add(1)
    }

    package func conclude(_ record: RequestRecord) {
        let route = record.route
        let method = record.methodName
        let origin = ExemplarOrigin(
            traceID: record.trace.traceID,
            spanID: record.trace.spanID,
            // Traces that are kept make the better exemplars.
            isRecorded: record.samplingReason != nil,
            time: WallTime(microseconds: record.start.microseconds + record.duration.microseconds)
        )
        instruments.inFlight[route].add(-1)
        instruments.requests[route][StatusLabel(record.status)][method].add()
        instruments.requestDuration[route][method].record(record.duration.nanoseconds, by: origin)
        instruments.requestSize[route].record(record.bytesIn, by: origin)
        instruments.responseSize[route].record(record.bytesOut, by: origin)
        if let time = record.timeToFirstByte {
            instruments.timeToFirstByte[route].record(time.nanoseconds, by: origin)
        }
        if record.isAborted { instruments.aborted[route].add() }
        if record.isBrokenOff { instruments.brokenOff[route].add() }
        if let error = record.error { instruments.errors[error.code].add() }
        countClient(record)
        switch (route, method) {
        case (.blob, .get): countDownload(record, by: origin)
        case (.blobUploadChunk, .patch), (.blobUploadChunk, .put), (.blobUpload, .post):
            countRate(record.bytesIn, in: record.duration, .write, by: origin)
        default: break
        }
    }

    private func countClient(_ record: RequestRecord) {
        let client = ClientFamily(userAgent: record.userAgent)
        instruments.clientRequests[client][record.outcome].add()
        if record.bytesIn > 0 { instruments.clientBytes[client][.received].add(record.bytesIn) }
        if record.bytesOut > 0 { instruments.clientBytes[client][.sent].add(record.bytesOut) }
    }

    private func countDownload(_ record: RequestRecord, by origin: ExemplarOrigin) {
        guard !record.isCutShort else { return }
        if let bytes = record.redirectedBytes { instruments.blobDownloads[.yes].record(bytes, by: origin) }
        guard record.status == 200 || record.status == 206 else { return }
        if record.status == 200 { instruments.blobDownloads[.no].record(record.bytesOut, by: origin) }
        countRate(record.bytesOut, in: record.duration - (record.timeToFirstByte ?? .zero), .read, by: origin)
    }

    /// Small transfers are over before the network has found its pace, and tell nothing of it.
    private func countRate(
        _ bytes: Int64,
        in time: Duration,
        _ direction: StreamDirection,
        by origin: ExemplarOrigin
    ) {
        guard bytes >= 1 << 20, time > .zero else { return }
        // A clock that tells a nanosecond must not make a number that no integer holds.
        let rate = min(Double(bytes) / (Double(time.nanoseconds) / 1e9), 1e15)
        instruments.blobRate[direction].record(Int64(rate), by: origin)
    }
}
