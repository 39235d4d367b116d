//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SectionReader {
    /// Reads the single value under `key` with `parse`; gives `fallback` when it is missing, null or wrong.
    func value<Value>(
        _ key: String,
        default fallback: Value,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> Value,
    ) -> Value {
        guard let node = entry(key)?.node, node.value != .null else { return fallback }
        return value(of: node, at: key, default: fallback, parse)
    }

    /// Reads the single value under `key`, and reports a problem when there is none.
    func required<Value>(
        _ key: String,
        default fallback: Value,
        message: String,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> Value,
    ) -> Value {
        guard let node = entry(key)?.node, !node.isEmptyText else {
            report(message, at: key, origin: entry(key)?.node.origin ?? origin)
            return fallback
        }
        return value(of: node, at: key, default: fallback, parse)
    }

    /// Parses a value that was found outside of `value(_:default:_:)`, such as an item of a list.
    func value<Value>(
        of node: ConfigurationNode,
        at key: String,
        default fallback: Value,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> Value,
    ) -> Value {
        guard case .scalar(let scalar) = node.value else {
            report("must be a single value", at: key, origin: node.origin)
            return fallback
        }
        do throws(InvalidValue) {
            return try parse(scalar)
        } catch {
            report(error.message, at: key, origin: node.origin)
            return fallback
        }
    }

    func boolean(_ key: String, default fallback: Bool) -> Bool {
        value(key, default: fallback) { scalar throws(InvalidValue) in try scalar.boolean() }
    }

    /// Reads a whole number that is not below `minimum`.
    func integer(_ key: String, default fallback: Int, atLeast minimum: Int = 0) -> Int {
        value(key, default: fallback) { scalar throws(InvalidValue) in try scalar.integer(atLeast: minimum) }
    }

    /// Reads a duration that is not negative and, unless `zero` is allowed, not 0.
    func duration(_ key: String, default fallback: Duration, zero: Bool = true) -> Duration {
        value(key, default: fallback) { scalar throws(InvalidValue) in
            let duration = try scalar.duration()
            guard duration >= .zero else { throw InvalidValue("must not be negative") }
            guard zero || duration > .zero else { throw InvalidValue("must be longer than 0") }
            return duration
        }
    }
}

extension ConfigurationNode {
    /// Whether this is where a value should be and none is.
    fileprivate var isEmptyText: Bool {
        switch value {
        case .null: true
        case .scalar(let scalar): scalar.text.isEmpty
        case .list, .map: false
        }
    }
}
