//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Instruments {
    var requestFamilies: [MetricFamily] { distributionRequestFamilies + ownRequestFamilies }

    /// Distribution's names, labels and buckets.
    private var distributionRequestFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_http_requests_total",
                "Requests that are over, by handler, status code and method.",
                labels: ["handler", "code", "method"],
                requests,
                origin: .distribution,
                zeroSeries: serverErrors
            ),
            MetricFamily(
                "registry_http_request_duration_seconds",
                "Time from the end of a request's head to the last byte of its answer.",
                labels: ["handler", "method"],
                requestDuration,
                origin: .distribution
            ),
            MetricFamily(
                "registry_http_request_size_bytes",
                "Body bytes received in a request.",
                labels: ["handler"],
                requestSize,
                origin: .distribution
            ),
            MetricFamily(
                "registry_http_response_size_bytes",
                "Body bytes sent in an answer.",
                labels: ["handler"],
                responseSize,
                origin: .distribution
            ),
            MetricFamily(
                "registry_http_in_flight_requests",
                "Requests being served.",
                labels: ["handler"],
                inFlight,
                origin: .distribution
            ),
        ]
    }

    /// The first failures of a route are to be seen by alerts: a rate knows nothing of a series that appears with them.
    private var serverErrors: MetricFamily.ZeroSeries {
        .init(meaning: "`500`, `503` and, of what stores, `507`, with the methods of each handler") { values in
            guard let route = RouteName(rawValue: values[0]), let method = MethodName(rawValue: values[2]) else {
                return false
            }
            return switch StatusLabel(rawValue: values[1]) {
            case .internalServerError, .serviceUnavailable: route.methods.contains(method)
            case .insufficientStorage: route.methods.contains(method) && [.post, .put, .patch].contains(method)
            default: false
            }
        }
    }

    private var ownRequestFamilies: [MetricFamily] {
        [
            MetricFamily(
                "registry_http_time_to_first_byte_seconds",
                "Time until the head of the answer was ready.",
                labels: ["handler"],
                timeToFirstByte
            ),
            MetricFamily(
                "registry_http_requests_aborted_total",
                "Requests whose client went away, or was cut off: it took its answer too slowly, or a drain was over. With HTTP/1.1 only a reset tells so: who closes in the ordinary way may still read, and is answered.",
                labels: ["handler"],
                aborted,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_http_responses_broken_off_total",
                "Answers that the server broke off within their body, since the storage failed.",
                labels: ["handler"],
                brokenOff,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_http_requests_slow_total",
                "Requests whose answer began later than log.slow allows, or would have if the client had not gone.",
                labels: ["handler"],
                slow,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_errors_total",
                "Errors by the code of their envelope, also of answers that nobody was there for.",
                labels: ["code"],
                errors,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_limit_refusals_total",
                "Requests and connections that asked for more than the limits allow, by limit.",
                labels: ["limit"],
                limitRefusals,
                isZeroInitialised: true
            ),
            MetricFamily(
                "registry_http_client_requests_total",
                "Requests that are over, by the program that sent them and how they ended.",
                labels: ["client", "outcome"],
                clientRequests
            ),
            MetricFamily(
                "registry_http_client_bytes_total",
                "Body bytes by the program at the other end, as the server received or sent them.",
                labels: ["client", "direction"],
                clientBytes
            ),
        ]
    }
}
