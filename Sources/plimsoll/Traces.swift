//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryConfiguration
import RegistryObservability
import RegistryTelemetry
import ServiceLifecycle

/// What the configuration makes of tracing: nothing at all unless it is active.
struct Traces {
    let sampler: TraceSampler?
    let observers: [any Observer]
    let services: [any Service]

    /// - Parameters:
    ///   - instance: names this run of the server.
    ///   - observer: is told of trouble with destinations.
    init(
        _ tracing: TracingSettings,
        _ instruments: Instruments,
        instance: String,
        observer: any Observer
    ) throws(StartFailure) {
        guard tracing.isActive else {
            self.sampler = nil
            self.observers = []
            self.services = []
            return
        }
        let sampler = TraceSampler(tracing)
        let resource = ResourceDescription(
            serviceName: tracing.resource.serviceName,
            version: Version.number,
            instance: instance,
            attributes: tracing.resource.attributes
        )
        var pipelines: [TracePipeline] = []
        if let collector = tracing.collector {
            do {
                pipelines.append(
                    try TracePipeline(
                        to: OTLPSettings(collector),
                        of: resource,
                        queue: collector.batch.queue,
                        delay: collector.batch.delay,
                        // A loop of its own, so that a collector takes no time from the others.
                        on: MultiThreadedEventLoopGroup(numberOfThreads: 1),
                        instruments: instruments,
                        observer: observer
                    )
                )
            } catch {
                throw StartFailure(message: "configuration error: tracing: TLS for \(collector.address): \(error)")
            }
        }
        if let path = tracing.file {
            do {
                pipelines.append(
                    try TracePipeline(toFile: path, of: resource, instruments: instruments, observer: observer)
                )
            } catch {
                throw StartFailure(message: "tracing.file: \(error)")
            }
        }
        LibraryTracer.install()
        self.sampler = sampler
        self.observers = [TraceObserver(sampler, instruments: instruments, pipelines: pipelines)]
        self.services = [TraceService(pipelines, instruments: instruments, observer: observer)]
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
                certificate: collector.tls.certificate,
                clientKey: collector.tls.clientKey,
                clientCertificate: collector.tls.clientCertificate
            )
        )
    }
}
