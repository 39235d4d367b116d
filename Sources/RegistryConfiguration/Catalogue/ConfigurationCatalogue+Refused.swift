//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

// Sections that are refused as a whole. Their keys are told of so that a file from elsewhere can be understood.
extension ConfigurationCatalogue {
    static let proxy: [ConfigurationKey] = [
        ConfigurationKey("proxy", .section, "another registry whose content is passed on").refused(
            "not supported yet: Plimsoll passes on no other registry's content; remove the section"
        ),
        ConfigurationKey("proxy.remoteurl", .url, "the other registry"),
        ConfigurationKey("proxy.username", .text, "the user there"),
        ConfigurationKey("proxy.password", .text, "the user's password").secret(),
        ConfigurationKey("proxy.exec", .section, "a program that tells user and password", .version3),
        ConfigurationKey("proxy.exec.command", .text, "the program", .version3),
        ConfigurationKey("proxy.exec.lifetime", .duration(zero: true), "how long its answer holds", .version3),
        ConfigurationKey(
            "proxy.ttl",
            .duration(zero: true),
            "how long content is kept; `0` is for ever",
            default: "168h",
            .version3
        ),
        ConfigurationKey(
            "proxy.cachewritetimeout",
            .duration(zero: true),
            "how long content may take to be kept",
            default: "5m",
            .version3
        ),
    ]

    static let retired: [ConfigurationKey] = [
        ConfigurationKey("reporting", .section, "services that errors are sent to", .version2).refused(
            "Plimsoll reports to no such service; send its log, metrics or traces (tracing.endpoint) there, "
                + "and remove the section"
        ),
        ConfigurationKey("reporting.bugsnag", .section, "Bugsnag", .version2),
        ConfigurationKey("reporting.bugsnag.apikey", .text, "the key there", .version2).secret(),
        ConfigurationKey("reporting.bugsnag.releasestage", .text, "the stage told there", .version2),
        ConfigurationKey("reporting.bugsnag.endpoint", .url, "its address", .version2),
        ConfigurationKey("reporting.newrelic", .section, "New Relic", .version2),
        ConfigurationKey("reporting.newrelic.licensekey", .text, "the key there", .version2).secret(),
        ConfigurationKey("reporting.newrelic.name", .text, "the application's name there", .version2),
        ConfigurationKey("reporting.newrelic.verbose", .truth, "logs what is sent", default: "false", .version2),
        ConfigurationKey("compatibility", .section, "old forms of content", .version2).refused(
            "manifests of schema 1 are not taken any more, as in distribution 3; push such images again with a client "
                + "of today, and remove the section"
        ),
        ConfigurationKey("compatibility.schema1", .section, "manifests of schema 1", .version2),
        ConfigurationKey("compatibility.schema1.enabled", .truth, "takes them", default: "false", .version2),
        ConfigurationKey("compatibility.schema1.signingkeyfile", .path(.readSecret), "signs them", .version2),
    ]
}
