//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryConfiguration
import RegistryObservability
import RegistryTelemetry
import Synchronization

/// Where traces go, by the configuration that holds: nowhere at all unless tracing is active.
final class Traces: Sendable {
    let observer: TraceObserver
    let service: TraceService
    private let instruments: Instruments
    /// Names this run of the server.
    private let instance: String
    /// Is told of trouble with destinations.
    private let events: any Observer
    private let destinations = TraceDestinations()
    private let state = Mutex(State())

    private struct State {
        var current = Destinations()
        /// A loop of its own, so that a collector takes no time from the others; made when there is one.
        var loop: MultiThreadedEventLoopGroup?
        var isTracerInstalled = false
    }

    /// Pipelines with what they were made of.
    struct Destinations: Sendable {
        fileprivate var file: (path: String, pipeline: TracePipeline)?
        fileprivate var collector: (settings: CollectorSettings, pipeline: TracePipeline)?

        fileprivate var pipelines: [TracePipeline] { [collector?.pipeline, file?.pipeline].compactMap(\.self) }
    }

    /// - Parameters:
    ///   - instance: names this run of the server.
    ///   - events: is told of trouble with destinations.
    init(_ instruments: Instruments, instance: String, events: any Observer) {
        self.instruments = instruments
        self.instance = instance
        self.events = events
        self.observer = TraceObserver(destinations, instruments: instruments)
        self.service = TraceService(destinations, instruments: instruments, observer: events)
    }

    /// Opens what a configuration names and is not open yet, which blocks.
    ///
    /// What comes of it must be used.
    func prepare(_ tracing: TracingSettings) throws(StartFailure) -> Destinations {
        let current = state.withLock(\.current)
        var next = Destinations()
        guard tracing.isActive else { return next }
        // Variables name the resource, and so it is the same for as long as the server runs.
        let resource = ResourceDescription(
            serviceName: tracing.resource.serviceName,
            version: Version.number,
            instance: instance,
            attributes: tracing.resource.attributes
        )
        if let path = tracing.file {
            next.file = current.file.flatMap { $0.path == path ? $0 : nil }
            if next.file == nil { next.file = (path, try file(path, resource)) }
        }
        if let collector = tracing.collector {
            next.collector = current.collector.flatMap { $0.settings == collector ? $0 : nil }
            if next.collector == nil { next.collector = (collector, try pipeline(to: collector, resource)) }
        }
        return next
    }

    /// Has traces go there from now on.
    func use(_ next: Destinations) {
        let installs = state.withLock { state in
            state.current = next
            defer { state.isTracerInstalled = state.isTracerInstalled || !next.pipelines.isEmpty }
            return !state.isTracerInstalled && !next.pipelines.isEmpty
        }
        if installs { LibraryTracer.install() }
        destinations.replace(next.pipelines)
    }

    private func file(_ path: String, _ resource: ResourceDescription) throws(StartFailure) -> TracePipeline {
        do throws(LogFileError) {
            // Kept as a log that says nothing of it is.
            let options = LogFileOptions(FileSinkSettings(path: path))
            return try TracePipeline(toFile: path, options, of: resource, instruments: instruments, observer: events)
        } catch {
            throw StartFailure(message: "tracing.file: \(error)")
        }
    }

    private func pipeline(
        to collector: CollectorSettings,
        _ resource: ResourceDescription
    ) throws(StartFailure) -> TracePipeline {
        let loop = state.withLock { state in
            let loop = state.loop ?? MultiThreadedEventLoopGroup(numberOfThreads: 1)
            state.loop = loop
            return loop
        }
        do throws(CollectorFileError) {
            return try TracePipeline(
                to: OTLPSettings(collector),
                of: resource,
                queue: collector.batch.queue,
                delay: collector.batch.delay,
                on: loop,
                instruments: instruments,
                observer: events
            )
        } catch {
            // Going on without it would lose every span, or trust others than the operator does.
            throw StartFailure(message: "configuration error: \(error)")
        }
    }
}

extension TracingSettings {
    /// What the operator should know of variables that have no effect.
    var warnings: [ServerEvent] {
        ignoredVariables.map { variable in
            ServerEvent(
                .variableIgnored,
                [.init(.variable, .text(variable.name)), .init(.cause, .text(variable.reason))]
            )
        }
    }
}

extension TraceSampler {
    init(_ tracing: TracingSettings) {
        let root: Root =
            switch tracing.sampling.ratio {
            case 1...: .always
            case ...0: .never
            default: .ratio(tracing.sampling.ratio)
            }
        self.init(
            root: root,
            followsParent: tracing.sampling.followsParent,
            slow: tracing.slow == .zero ? nil : tracing.slow
        )
    }
}

extension OTLPSettings {
    init(_ collector: CollectorSettings) {
        let form: Form =
            switch collector.form {
            case .json: .json
            case .protobuf: .protobuf
            }
        self.init(
            address: collector.address,
            headers: collector.headers.map { ($0.name, $0.value.exposed) },
            form: form,
            compresses: collector.compresses,
            timeout: collector.timeout,
            batchTimeout: collector.batch.timeout,
            batchSize: collector.batch.size,
            userAgent: "plimsoll/\(Version.number)",
            tls: TLS(
                certificate: collector.tls.certificate.map(TLS.File.init),
                clientKey: collector.tls.clientKey.map(TLS.File.init),
                clientCertificate: collector.tls.clientCertificate.map(TLS.File.init)
            )
        )
    }
}

extension OTLPSettings.TLS.File {
    fileprivate init(_ file: CollectorTLS.File) { self.init(name: file.variable, path: file.path) }
}
