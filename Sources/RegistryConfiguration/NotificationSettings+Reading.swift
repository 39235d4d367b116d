//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension NotificationSettings {
    /// Reads the section `notifications`.
    init(reading notifications: SectionReader) {
        self.init()
        includesReferences = notifications.section("events") { $0.boolean("includereferences", default: false) }
        history = notifications.duration("history", default: history)
        var names: Set<String> = []
        endpoints = notifications.sections("endpoints") { section in
            // Of an endpoint that is switched off nothing needs to be right.
            if section.boolean("disabled", default: false) {
                section.record.silently { _ = Endpoint(reading: section) }
                return nil
            }
            guard let endpoint = Endpoint(reading: section) else { return nil }
            guard names.insert(endpoint.name).inserted else {
                section.report("is the name of another endpoint", at: "name", origin: section.origin)
                return nil
            }
            return endpoint
        }
    }
}

extension NotificationSettings.Endpoint {
    /// - Returns: nil where it lacks something.
    fileprivate init?(reading endpoint: SectionReader) {
        let name = endpoint.required("name", default: "", message: "is required") { scalar throws(InvalidValue) in
            let text = try scalar.filledText()
            guard text.utf8.count <= 128, text.unicodeScalars.allSatisfy({ !$0.properties.isUnprintable }) else {
                throw InvalidValue("must have at most 128 characters, all of which can be printed")
            }
            return text
        }
        let url = endpoint.requiredText("url") { scalar throws(InvalidValue) in try scalar.webAddress() }
        self.init(name: name, url: url)
        headers = endpoint.freeEntries("headers").flatMap { entry in
            let header = HTTPHeaderSetting(reading: entry, in: endpoint)
            return header.values.map { HealthSettings.Header(name: header.name, value: Secret($0)) }
        }
        format = endpoint.value("format", default: format) { scalar throws(InvalidValue) in
            guard let format = NotificationSettings.Format(rawValue: scalar.text) else {
                throw InvalidValue("must be distribution, cloudevents or cloudevents-binary")
            }
            return format
        }
        timeout = endpoint.durationOrDefault("timeout", timeout)
        threshold = endpoint.count("threshold", default: threshold) ?? threshold
        backoff = endpoint.durationOrDefault("backoff", backoff)
        maxRetries = endpoint.count("maxretries", default: nil)
        parallel = endpoint.integer("parallel", default: parallel, atLeast: 1)
        batch = endpoint.section("batch", NotificationSettings.Batch.init(reading:))
        filter = NotificationSettings.Filter(reading: endpoint)
        secret = endpoint.value("secret", default: nil) { scalar throws(InvalidValue) in
            scalar.text.isEmpty ? nil : Secret(try scalar.filledText())
        }
        secretFile = endpoint.text("secretfile")
        if secret != nil, secretFile != nil {
            endpoint.report("cannot be given together with secret", at: "secretfile", origin: endpoint.origin)
        }
        tls = endpoint.section("tls", NotificationSettings.TLS.init(reading:))
        queue = endpoint.section("queue", NotificationSettings.Queue.init(reading:))
        deadLetters = endpoint.section("deadletters", NotificationSettings.DeadLetters.init(reading:))
        if format == .cloudEventsBinary, batch.size > 1 {
            let message = "must be 1, since a post in this format holds one event"
            endpoint.report(message, at: "batch.size", origin: endpoint.origin)
        }
        guard !name.isEmpty, !url.isEmpty else { return nil }
    }
}

extension NotificationSettings.Batch {
    fileprivate init(reading batch: SectionReader) {
        size = batch.value("size", default: size) { scalar throws(InvalidValue) in
            let size = try scalar.integer(atLeast: 1)
            guard size <= 1000 else { throw InvalidValue("must be at most 1000") }
            return size
        }
        wait = batch.duration("wait", default: wait)
    }
}

extension NotificationSettings.Filter {
    /// Reads what stands beside the other keys of an endpoint.
    fileprivate init(reading endpoint: SectionReader) {
        repositories = endpoint.patterns("repositories", example: "team/**", isOptional: true)
        actions = endpoint.values("actions", Self.action)
        let old = endpoint.values("ignoredmediatypes", Self.mediaType)
        (ignoredMediaTypes, ignoredActions) = endpoint.section("ignore") { ignore in
            (old + ignore.values("mediatypes", Self.mediaType), ignore.values("actions", Self.action))
        }
    }

    private static func action(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        guard NotificationSettings.actions.contains(scalar.text) else {
            throw InvalidValue("must be \(NotificationSettings.actions.alternatives), not \(scalar.text.quoted)")
        }
        return scalar.text
    }

    private static func mediaType(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        try scalar.filledText().lowercased()
    }
}

extension NotificationSettings.TLS {
    fileprivate init(reading tls: SectionReader) {
        rootCAs = tls.values("rootcas") { scalar throws(InvalidValue) in try scalar.filledText() }
        certificate = tls.text("certificate")
        key = tls.text("key")
        minimumVersion = tls.value("minimumtls", default: minimumVersion) { scalar throws(InvalidValue) in
            guard let version = TLSSettings.Version(rawValue: scalar.text) else {
                throw InvalidValue("must be tls1.2 or tls1.3, not \(scalar.text.quoted)")
            }
            return version
        }
        if (certificate == nil) != (key == nil) { tls.report("needs both certificate and key, or neither") }
    }
}

extension NotificationSettings.Queue {
    fileprivate init(reading queue: SectionReader) {
        count = queue.count("count", default: count)
        bytes = queue.bytesOrNone("bytes", default: bytes)
        age = queue.ageOrNone(default: age)
    }
}

extension NotificationSettings.DeadLetters {
    fileprivate init(reading deadLetters: SectionReader) {
        count = deadLetters.count("count", default: count)
        age = deadLetters.ageOrNone(default: age)
    }
}

extension SectionReader {
    /// - Returns: nil for no bound, which is 0 there.
    fileprivate func ageOrNone(default standard: Duration?) -> Duration? {
        value("age", default: standard) { scalar throws(InvalidValue) in
            let age = try scalar.duration()
            guard age >= .zero else { throw InvalidValue("must not be negative") }
            return age == .zero ? nil : age
        }
    }
}

extension Unicode.Scalar.Properties {
    /// Whether a terminal may take it for something else than a character.
    fileprivate var isUnprintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        default: false
        }
    }
}
