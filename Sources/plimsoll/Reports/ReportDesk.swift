//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryReports
import RegistryStorage
import RegistryTelemetry

/// Answers those who ask a running server for reports.
struct ReportDesk: ReportsSource {
    let reporter: Reporter
    private let executor: PoolExecutor

    /// - Parameter pool: on whose threads reports are put together.
    init(reporter: Reporter, pool: IOPool) {
        self.reporter = reporter
        self.executor = PoolExecutor(pool)
    }

    var names: [String] { ReportName.allCases.filter(\.isAskedFor).map(\.rawValue) }

    /// For the side port, whose answers are for programs unless they say otherwise, and at which nobody says who he is:
    /// to look at every file is for the control socket.
    func document(_ name: String, _ parameters: [String: String]) async throws(RegistryError) -> PiecewiseDocument {
        var parameters = parameters
        parameters["format"] = parameters["format"] ?? ReportFormat.json.rawValue
        do throws(ReportFailure) {
            guard parameters["measured"] == nil else {
                throw ReportFailure(.invalid, "measured: only plimsoll report looks at every file")
            }
            return try await make(name, parameters)
        } catch {
            switch error.kind {
            case .invalid: throw RegistryError(.requestInvalid, detail: error.message)
            case .unknown: throw RegistryError(.notFound, detail: error.message)
            case .unavailable: throw RegistryError(.unavailable, status: 503, detail: error.message)
            }
        }
    }

    func make(_ name: String, _ parameters: [String: String]) async throws(ReportFailure) -> PiecewiseDocument {
        let request = try ReportRequest(name, parameters, now: .now)
        let text = try await withTaskExecutorPreference(executor) { () async throws(ReportFailure) in
            try ReportText(try await reporter.report(request), request)
        }
        return PiecewiseDocument(contentType: request.format.contentType) { AnyIterator(text) }
    }
}

extension ReportDesk {
    /// What `plimsoll report` asks of a server.
    var command: ControlCommand {
        .document("report", Set(ReportRequest.parameters).union(["name"])) { request async throws(ControlFailure) in
            var values: [String: String] = [:]
            for name in ReportRequest.parameters { values[name] = request[name] }
            do throws(ReportFailure) {
                return try await make(request["name"] ?? "", values)
            } catch {
                throw ControlFailure(error.kind == .unavailable ? .failed : .invalidParameter, error.message)
            }
        }
    }
}
