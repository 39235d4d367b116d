#
# This source file is part of the Plimsoll project.
# Licensed under the Apache License, Version 2.0. See LICENSE for details.
# SPDX-License-Identifier: Apache-2.0
#
"""What the dashboards show: panels with their expressions, in the order in which they stand."""


def of(metric, *conditions):
    """A selector for the chosen servers."""
    return metric + "{" + ", ".join(['job=~"$job"', 'instance=~"$instance"', *conditions]) + "}"


def rate(metric, *conditions):
    return f"rate({of(metric, *conditions)}[$__rate_interval])"


def per(label, expression):
    return f"sum by ({label}) ({expression})" if label else f"sum({expression})"


def quantile(share, metric, label="", *conditions):
    labels = f"{label}, le" if label else "le"
    return f"histogram_quantile({share}, {per(labels, rate(metric + '_bucket', *conditions))})"


def quantiles(metric, *conditions):
    return [(quantile(share, metric, "", *conditions), f"{share:.0%}") for share in (0.5, 0.95, 0.99)]


def graph(title, description, unit, *targets, **more):
    return {"type": "timeseries", "title": title, "description": description, "unit": unit, "targets": targets, **more}


def stat(title, description, unit, expression, legend="", **more):
    targets = [(expression, legend or title)]
    return {"type": "stat", "title": title, "description": description, "unit": unit, "targets": targets, **more}


def increase(metric, *conditions):
    return f"increase({of(metric, *conditions)}[$__rate_interval])"


def happened(title, description, metric, *conditions, **more):
    """How often something happened within the time shown, in one number that does not forget it a minute later."""
    expression = f"sum(increase({of(metric, *conditions)}[$__range]))"
    return stat(title, description, "short", expression, instant=True, **more)


def each(metric, *conditions):
    """A gauge of each server: of a storage that servers share each tells the same, and a sum would be wrong."""
    return f"max by (instance) ({of(metric, *conditions)})"


REQUESTS = "registry_http_requests_total"
# A request that its client gave up counts nowhere; 401, 404 and all other 4xx are no errors.
COUNTED = 'code!="499"'
SERVER_ERROR = 'code=~"5.."'
READS = 'method=~"get|head"'
WRITES = 'method=~"post|put|patch|delete"'


def error_ratio(*conditions):
    everything = per("", rate(REQUESTS, COUNTED, *conditions))
    # Before the first error there is no series to divide.
    return f"({per('', rate(REQUESTS, SERVER_ERROR, *conditions))} or 0 * {everything}) / {everything}"


FREE = f"{of('registry_storage_free_bytes')} / {of('registry_storage_capacity_bytes')}"
REFERENCED = of("registry_storage_physical_bytes", 'state="referenced"')
HITS = (
    f"{per('', rate('registry_storage_cache_hits_total'))} / {per('', rate('registry_storage_cache_requests_total'))}"
)
# What is spilled follows later.
LOST = ("registry_log_entries_dropped_total", 'reason!="spilled"')

OVERVIEW = [
    stat("Servers up", "Servers whose side port answers.", "short", f"sum({of('up')})"),
    stat("Requests", "Requests a second, all together.", "reqps", per("", rate(REQUESTS))),
    stat(
        "Errors",
        "Share of requests that failed (5xx). 401, 404 and other 4xx are no errors.",
        "percentunit",
        error_ratio(),
        red=0.001,
    ),
    stat(
        "Wait for a manifest, 99 %",
        "Time to the first byte that 99 of 100 manifest requests stay below.",
        "s",
        quantile(0.99, "registry_http_time_to_first_byte_seconds", "", 'handler="manifest"'),
        red=0.25,
    ),
    stat("Storage free", "Share of the file system that is free, of the fullest server.", "percentunit", f"min({FREE})"),
    happened(
        "Log entries lost",
        "Entries that did not reach a sink within the time shown. Should be 0.",
        *LOST,
        red=1,
    ),
    stat(
        "Read-only",
        "Servers that refuse every push and deletion, because somebody asked for it.",
        "short",
        f"sum({of('registry_read_only')})",
        red=1,
    ),
    stat(
        "Up since",
        "When the server that runs for the shortest time was started.",
        "dateTimeFromNow",
        f"max({of('process_start_time_seconds')}) * 1000",
    ),
    stat(
        "Certificate ends",
        "When the first certificate of the servers with TLS ends.",
        "dateTimeFromNow",
        f"min({of('registry_tls_certificate_not_after_timestamp_seconds')}) * 1000",
    ),
    stat("Versions", "Servers by version.", "short", per("version", of("registry_build_info")), "{{version}}"),
    stat(
        "Health checks that fail",
        "Checks of the storage, of files and of other servers; while one fails, all requests get 503.",
        "short",
        per("", of("registry_health_checks_failing")),
        red=1,
    ),
    stat(
        "Configuration refused",
        "Servers whose last reload was refused, which would not start again.",
        "short",
        per("", "1 - " + of("registry_config_last_reload_successful")),
        red=1,
    ),
    graph(
        "Requests by route",
        "Requests a second by route.",
        "reqps",
        (per("handler", rate(REQUESTS)), "{{handler}}"),
        stacked=True,
    ),
    graph(
        "Answers by status",
        "Answers a second by status code. 401 is the first answer of a token login, 404 that of a push that checks.",
        "reqps",
        (per("code", rate(REQUESTS)), "{{code}}"),
        stacked=True,
    ),
    graph(
        "Traffic",
        "Body bytes a second, received and sent.",
        "Bps",
        (per("", rate("registry_http_request_size_bytes_sum")), "received"),
        (per("", rate("registry_http_response_size_bytes_sum")), "sent"),
    ),
    graph(
        "Requests under way",
        "Requests being served, by route.",
        "short",
        (per("handler", of("registry_http_in_flight_requests")), "{{handler}}"),
    ),
    graph(
        "TLS handshakes that failed",
        "Connections a second that ended before they were encrypted, by reason.",
        "cps",
        (per("reason", rate("registry_tls_handshake_failures_total")), "{{reason}}"),
    ),
    graph(
        "Certificates by ACME",
        "Orders by what came of them, and hosts whose last order has failed.",
        "short",
        (per("result", increase("registry_tls_certificate_orders_total")), "{{result}}"),
        (per("", of("registry_tls_certificate_orders_failing")), "hosts that fail"),
    ),
    graph("Processor", "Processors in use.", "short", (per("instance", rate("process_cpu_seconds_total")), "{{instance}}")),
    graph("Memory", "Memory in use.", "bytes", (per("instance", of("process_resident_memory_bytes")), "{{instance}}")),
    graph(
        "File descriptors",
        "Share of the file descriptors allowed that are open.",
        "percentunit",
        (f"{of('process_open_fds')} / {of('process_max_fds')}", "{{instance}}"),
    ),
    graph(
        "Event loops",
        "How late the threads that serve connections begin their tasks.",
        "s",
        *quantiles("registry_event_loop_delay_seconds"),
    ),
]


REQUEST_PANELS = [
    stat("Reads that failed", "Share of reads answered with 5xx.", "percentunit", error_ratio(READS), red=0.001),
    stat("Writes that failed", "Share of writes answered with 5xx.", "percentunit", error_ratio(WRITES), red=0.001),
    stat(
        "Given up by clients",
        "Requests a second whose client went away, or was cut off: it took its answer too slowly, or a drain was over.",
        "reqps",
        per("", rate("registry_http_requests_aborted_total")),
    ),
    stat("Connections", "Connections that are open.", "short", per("", of("registry_http_open_connections"))),
    graph(
        "Requests by route and method",
        "Requests a second.",
        "reqps",
        (per("handler, method", rate(REQUESTS)), "{{method}} {{handler}}"),
    ),
    graph(
        "Errors by code",
        "Error answers a second by the code of their envelope, such as MANIFEST_UNKNOWN.",
        "reqps",
        (f"{per('code', rate('registry_errors_total'))} > 0", "{{code}}"),
    ),
    graph(
        "Time of requests, 99 %",
        "What 99 of 100 requests stay below, from their first byte to the last byte of the answer.",
        "s",
        (quantile(0.99, "registry_http_request_duration_seconds", "handler, method"), "{{method}} {{handler}}"),
    ),
    graph(
        "Time to first byte, 99 %",
        "What 99 of 100 requests stay below until the answer begins; for large blobs this tells more than the whole time.",
        "s",
        (quantile(0.99, "registry_http_time_to_first_byte_seconds", "handler"), "{{handler}}"),
    ),
    graph(
        "Manifest reads",
        "Time of reading manifests: half, 95 and 99 of 100 stay below.",
        "s",
        *quantiles("registry_http_request_duration_seconds", 'handler="manifest"', READS),
    ),
    graph(
        "Manifest writes",
        "Time of pushing manifests: half, 95 and 99 of 100 stay below.",
        "s",
        *quantiles("registry_http_request_duration_seconds", 'handler="manifest"', WRITES),
    ),
    graph(
        "Size of answers, 99 %",
        "What 99 of 100 answers stay below, by route.",
        "bytes",
        (quantile(0.99, "registry_http_response_size_bytes", "handler"), "{{handler}}"),
    ),
    graph(
        "Size of requests, 99 %",
        "What 99 of 100 requests stay below, by route.",
        "bytes",
        (quantile(0.99, "registry_http_request_size_bytes", "handler"), "{{handler}}"),
    ),
    graph(
        "Given up by clients, by route",
        "Requests a second whose client went away, or was cut off: it took its answer too slowly, or a drain was over.",
        "reqps",
        (per("handler", rate("registry_http_requests_aborted_total")), "{{handler}}"),
    ),
    graph(
        "Broken off by failures, by route",
        "Answers a second that the server broke off within their body, since the storage failed.",
        "reqps",
        (per("handler", rate("registry_http_responses_broken_off_total")), "{{handler}}"),
    ),
    graph(
        "Slow requests, by route",
        "Requests a second that kept their client waiting for longer than log.slow.",
        "reqps",
        (per("handler", rate("registry_http_requests_slow_total")), "{{handler}}"),
    ),
    graph(
        "Requests under way",
        "Requests being served, by route.",
        "short",
        (per("handler", of("registry_http_in_flight_requests")), "{{handler}}"),
    ),
    graph(
        "Refused by limits",
        "Requests and connections a second that were refused or cut off, by the limit they met.",
        "cps",
        (f"{per('limit', rate('registry_limit_refusals_total'))} > 0", "{{limit}}"),
    ),
]

DECISIONS = "registry_auth_decisions_total"
WRONG_PASSWORD = 'reason=~"user_unknown|password_wrong"'
TOKEN_REFUSED = 'reason=~"token_.+"'
NOT_ALLOWED = 'result!="allowed"'
AUTH_CACHE = "registry_auth_cache_requests_total"
CACHE_HIT = 'result="hit"'

ACCESS = [
    happened(
        "Wrong passwords",
        "Sign-ins with an unknown user or a wrong password within the time shown.",
        DECISIONS,
        WRONG_PASSWORD,
    ),
    happened(
        "Tokens refused",
        "Requests whose token was refused within the time shown, for whatever reason.",
        DECISIONS,
        TOKEN_REFUSED,
    ),
    stat(
        "Cache hits",
        "Share of credentials that had been verified shortly before.",
        "percentunit",
        f"{per('', rate(AUTH_CACHE, CACHE_HIT))} / {per('', rate(AUTH_CACHE))}",
    ),
    stat(
        "Passwords waiting",
        "Passwords that are being verified, or wait for it.",
        "short",
        per("", of("registry_auth_password_checks_pending")),
    ),
    graph(
        "Decisions",
        "Decisions a second by scheme and what came of them. Clients that sign in are asked to first.",
        "reqps",
        (per("scheme, result", rate(DECISIONS)), "{{scheme}} {{result}}"),
        stacked=True,
    ),
    graph(
        "Refusals by reason",
        "Requests a second that were not let in, by the reason that the log has in auth_reason.",
        "reqps",
        (f"{per('reason', rate(DECISIONS, NOT_ALLOWED))} > 0", "{{reason}}"),
    ),
    graph(
        "Time to verify a password",
        "Time of bcrypt: half, 95 and 99 of 100 stay below.",
        "s",
        *quantiles("registry_auth_password_check_seconds"),
    ),
    graph(
        "Cache of credentials",
        "Questions a second: hit was verified before, miss is verified now, joined waits for another's answer.",
        "ops",
        (per("result", rate("registry_auth_cache_requests_total")), "{{result}}"),
        stacked=True,
    ),
]

STORAGE = [
    stat("Free", "Share of the file system that is free, of the fullest server.", "percentunit", f"min({FREE})"),
    stat("Cache hits", "Share of questions that the cache of manifests answered.", "percentunit", HITS),
    stat("Uploads", "Requests that are writing to an upload.", "short", per("", of("registry_uploads_in_progress"))),
    happened(
        "Writes refused",
        "Writes refused for want of space within the time shown. Should be 0.",
        "registry_storage_writes_refused_total",
        red=1,
    ),
    graph(
        "Space",
        "Size of the file system, and what is free on it for the registry.",
        "bytes",
        (of("registry_storage_capacity_bytes"), "{{instance}} size"),
        (of("registry_storage_free_bytes"), "{{instance}} free"),
    ),
    graph(
        "Inodes",
        "Share of the files and folders that the file system can have which is free.",
        "percentunit",
        (f"{of('registry_storage_free_inodes')} / {of('registry_storage_inodes')}", "{{instance}}"),
    ),
    graph(
        "Space in 4 days",
        "What is free in 4 days if it goes on like the last 6 hours. Below 0 the disk is full by then.",
        "bytes",
        (f"predict_linear({of('registry_storage_free_bytes')}[6h], 4 * 86400)", "{{instance}}"),
        signed=True,
    ),
    graph(
        "What is stored",
        "Bytes in the storage, as each server knows them: content that a repository reaches, that none does, and uploads.",
        "bytes",
        (of("registry_storage_physical_bytes"), "{{instance}} {{state}}"),
    ),
    graph(
        "Images and content",
        "Repositories, manifests, tags, and pieces of content, as each server knows them.",
        "short",
        (each("registry_repositories"), "{{instance}} repositories"),
        (each("registry_manifests"), "{{instance}} manifests"),
        (each("registry_tags"), "{{instance}} tags"),
        (each("registry_blobs"), "{{instance}} blobs"),
    ),
    graph(
        "Saved by sharing",
        "How many times over the content that is referenced is named: what it would take without sharing.",
        "short",
        (
            f"{of('registry_storage_logical_bytes')} / ignoring (state) {REFERENCED}",
            "{{instance}}",
        ),
    ),
    graph(
        "Age of these numbers",
        "How long ago what is stored was computed.",
        "s",
        (f"time() - {of('registry_capacity_computed_timestamp_seconds')}", "{{instance}}"),
    ),
    graph(
        "Calls to the storage",
        "Calls a second by what they do.",
        "ops",
        (per("action", rate("registry_storage_action_seconds_count")), "{{action}}"),
        stacked=True,
    ),
    graph(
        "Time of calls, 99 %",
        "What 99 of 100 calls stay below, by what they do.",
        "s",
        (quantile(0.99, "registry_storage_action_seconds", "action"), "{{action}}"),
    ),
    graph(
        "Requests to the object store",
        "Requests a second by what they do, each try by itself.",
        "ops",
        (per("request", rate("registry_storage_backend_request_seconds_count")), "{{request}}"),
        stacked=True,
    ),
    graph(
        "Time of requests to the object store, 99 %",
        "What 99 of 100 requests stay below until their answer begins, by what they do.",
        "s",
        (quantile(0.99, "registry_storage_backend_request_seconds", "request"), "{{request}}"),
    ),
    graph(
        "Trouble with the object store",
        "Requests a second that were made again or given up, by what was wrong, and uploads that nobody had ended.",
        "ops",
        (per("cause", rate("registry_storage_backend_retries_total")), "again: {{cause}}"),
        (per("cause", rate("registry_storage_backend_failures_total")), "given up: {{cause}}"),
        (per("", rate("registry_storage_backend_uploads_aborted_total")), "uploads removed"),
    ),
    graph(
        "Reads of an object store that were not made",
        "Links and content a second that were known, or were being read for somebody else.",
        "ops",
        (per("", rate("registry_storage_links_recalled_total")), "links recalled"),
        (per("kind", rate("registry_storage_reads_shared_total")), "shared: {{kind}}"),
    ),
    graph(
        "Local cache",
        "Reads of blobs a second by what the local cache did for them, and what went wrong with it.",
        "ops",
        (per("result", rate("registry_storage_local_cache_requests_total")), "{{result}}"),
        (per("", rate("registry_storage_local_cache_evictions_total")), "let go"),
        (per("cause", rate("registry_storage_local_cache_failures_total")), "failed: {{cause}}"),
    ),
    graph(
        "Content in the local cache",
        "Bytes that it holds.",
        "bytes",
        (per("instance", of("registry_storage_local_cache_bytes")), "{{instance}}"),
    ),
    graph(
        "Blobs in the local cache",
        "Blobs that it holds.",
        "short",
        (per("instance", of("registry_storage_local_cache_entries")), "{{instance}}"),
    ),
    graph(
        "Taken into the local cache",
        "Bytes of content a second that it takes in.",
        "Bps",
        (per("instance", rate("registry_storage_local_cache_filled_bytes_total")), "{{instance}}"),
    ),
    graph(
        "Content moved",
        "Bytes a second between the network and the storage.",
        "Bps",
        (per("direction", rate("registry_storage_stream_bytes_total")), "{{direction}}"),
    ),
    graph(
        "Time spent moving content",
        "Seconds spent a second, all requests added up.",
        "s",
        (per("direction", rate("registry_storage_stream_seconds_sum")), "{{direction}}"),
    ),
    graph(
        "Where the time of uploads goes",
        "Seconds spent a second by stage: receive waits for the client, write for hash and disk, commit and link for fsync.",
        "s",
        (per("stage", rate("registry_upload_stage_seconds_sum")), "{{stage}}"),
        stacked=True,
    ),
    graph(
        "Stages of uploads, 99 %",
        "What 99 of 100 uploads stay below, by stage.",
        "s",
        (quantile(0.99, "registry_upload_stage_seconds", "stage"), "{{stage}}"),
    ),
    graph(
        "Cache of manifests",
        "Questions a second, and what came of them.",
        "ops",
        (per("type", rate("registry_storage_cache_total")), "{{type}}"),
        (per("", rate("registry_storage_cache_errors_total")), "wrong entries"),
    ),
    graph(
        "Damage",
        "Found or healed within the interval: malformed links, links healed, blobs of the wrong size replaced.",
        "short",
        (per("", increase("registry_storage_links_malformed_total")), "links malformed"),
        (per("", increase("registry_storage_links_healed_total")), "links healed"),
        (per("", increase("registry_storage_blobs_damaged_total")), "reads of damaged blobs"),
        (per("", increase("registry_storage_blobs_repaired_total")), "blobs repaired"),
    ),
    graph(
        "Threads for files",
        "Tasks of the pool that reads, writes and hashes files.",
        "short",
        (per("state", of("registry_io_pool_tasks")), "{{state}}"),
    ),
    graph(
        "Wait for a thread",
        "How long tasks wait for a thread of this pool: half, 95 and 99 of 100 stay below.",
        "s",
        *quantiles("registry_io_pool_wait_seconds"),
    ),
    graph(
        "Ledger",
        "Servers by the state that their ledger is in; off and degraded ledgers list from the tree.",
        "short",
        (per("state", of("registry_ledger_state")), "{{state}}"),
    ),
    graph(
        "Ledger: changes",
        "Changes of the storage a second, by what the ledger heard of them. Missed ones should be 0.",
        "ops",
        (per("result", rate("registry_ledger_changes_total")), "{{result}}"),
    ),
    graph(
        "Ledger: transactions",
        "Time of the ledger's transactions, which pushes of manifests wait for once.",
        "s",
        *quantiles("registry_ledger_commit_seconds"),
    ),
    graph(
        "Ledger: waiting",
        "Changes that wait to be written, and changes whose end has not been seen.",
        "short",
        (per("", of("registry_ledger_queue")), "queue"),
        (per("", of("registry_ledger_intents")), "under way"),
    ),
    graph(
        "Ledger: comparison",
        "Repositories compared with the storage a second, and differences mended.",
        "ops",
        (per("", rate("registry_ledger_compared_repositories_total")), "compared"),
        (per("", rate("registry_ledger_mended_total")), "mended"),
    ),
    graph(
        "Scheduled exports",
        "Scheduled exports within the interval, by what has become of them. Failed ones should be 0.",
        "short",
        (per("result", increase("registry_report_exports_total")), "{{result}}"),
    ),
    graph(
        "Last scheduled export",
        "Time since an export of each schedule was published; a schedule that never had one is not shown.",
        "s",
        (
            f"time() - ({of('registry_report_export_last_success_timestamp_seconds')} > 0)",
            "{{instance}} {{schedule}}",
        ),
    ),
    graph(
        "Listings",
        "Listings of repositories, tags and referrers a second, by what they are made from.",
        "ops",
        (per("source", rate("registry_ledger_listings_total")), "{{source}}"),
    ),
]

MAINTENANCE = [
    stat(
        "Last collection",
        "When each server last collected garbage to the end; 1970 for never.",
        "dateTimeFromNow",
        each("registry_collection_last_success_timestamp_seconds") + " * 1000",
        "{{instance}}",
    ),
    stat(
        "Reclaimable",
        "Bytes that the last plan of each server would free, less what was taken out since.",
        "bytes",
        each("registry_collection_reclaimable_bytes"),
        "{{instance}}",
    ),
    stat(
        "Trash",
        "Bytes that can be taken back, and use space, as each server knows them.",
        "bytes",
        each("registry_collection_trash_bytes"),
        "{{instance}}",
    ),
    stat(
        "Interval",
        "Time between two scheduled collections of each server; 0 for none.",
        "s",
        each("registry_collection_interval_seconds"),
        "{{instance}}",
    ),
    graph(
        "Collections",
        "Collections that ended within the interval, by how.",
        "short",
        (per("result", increase("registry_collection_runs_total")), "{{result}}"),
    ),
    graph(
        "Phase",
        "Servers by the phase that their collection is in.",
        "short",
        (per("phase", of("registry_collection_phase")), "{{phase}}"),
    ),
    graph(
        "Progress",
        "Blobs of each server's plan, and those that are done.",
        "short",
        (each("registry_collection_planned_blobs"), "{{instance}} planned"),
        (each("registry_collection_swept_blobs"), "{{instance}} done"),
    ),
    graph(
        "Taken out",
        "What collections take out a second, by its kind.",
        "ops",
        (per("kind", rate("registry_collection_removed_total")), "{{kind}}"),
    ),
    graph(
        "Bytes",
        "Bytes moved into the trash a second, and bytes deleted.",
        "Bps",
        (per("", rate("registry_collection_trashed_bytes_total")), "into the trash"),
        (per("", rate("registry_collection_freed_bytes_total")), "deleted"),
    ),
    graph(
        "Spared",
        "What was planned and left a second, by the reason.",
        "ops",
        (per("reason", rate("registry_collection_spared_total")), "{{reason}}"),
    ),
    stat(
        "Last check of content",
        "When each server had last compared all content with its digests; 1970 for never.",
        "dateTimeFromNow",
        each("registry_scrub_last_completion_timestamp_seconds") + " * 1000",
        "{{instance}}",
    ),
    graph(
        "Quarantined",
        "Damaged blobs that were taken out within the interval. Should be 0.",
        "short",
        (per("", increase("registry_scrub_quarantined_total")), "blobs"),
    ),
    graph(
        "Check of content",
        "How much of all content the round of each server has gone through.",
        "percentunit",
        (each("registry_scrub_position_permille") + " / 1000", "{{instance}}"),
    ),
    graph(
        "Checked",
        "Blobs compared with their digests a second.",
        "ops",
        (per("", rate("registry_scrub_blobs_total")), "blobs"),
    ),
    graph(
        "Read for checks",
        "Bytes read a second to compare content with its digests.",
        "Bps",
        (per("", rate("registry_scrub_bytes_total")), "bytes"),
    ),
    graph(
        "Tags removed by policy",
        "Tags that no rule of retention keeps, within the interval, by what became of them.",
        "short",
        (per("result", increase("registry_retention_tags_total")), "{{result}}"),
    ),
]

LOG = [
    happened("Entries lost", "Entries that did not reach a sink within the time shown. Should be 0.", *LOST, red=1),
    stat("Entries", "Entries written a second, all sinks.", "ops", per("", rate("registry_log_entries_total"))),
    stat(
        "Entries waiting",
        "Entries in the queues of all sinks.",
        "short",
        per("", of("registry_log_queue_entries")),
        red=10000,
    ),
    happened(
        "Spans lost",
        "Spans that did not arrive where they should within the time shown.",
        "registry_trace_spans_dropped_total",
        'reason!="span_limit"',
        red=1,
    ),
    graph(
        "Entries by sink",
        "Entries written a second.",
        "ops",
        (per("sink", rate("registry_log_entries_total")), "{{sink}}"),
    ),
    graph(
        "Entries lost by sink and reason",
        "Entries lost a second. Anything here is worth an alert.",
        "ops",
        (per("sink, reason", rate("registry_log_entries_dropped_total")), "{{sink}} {{reason}}"),
    ),
    graph(
        "Queues",
        "Entries waiting: for the encoder, then for each sink. The sinks' queues have limits in entries and bytes.",
        "short",
        (per("", of("registry_log_pipeline_entries")), "encoder"),
        (per("sink", of("registry_log_queue_entries")), "{{sink}}"),
    ),
    graph(
        "Bytes in the queues",
        "Bytes waiting for each sink.",
        "bytes",
        (per("sink", of("registry_log_queue_bytes")), "{{sink}}"),
    ),
    graph(
        "Writes that failed",
        "Writes to a sink that failed, a second.",
        "ops",
        (per("sink", rate("registry_log_write_failures_total")), "{{sink}}"),
    ),
    graph(
        "Log files",
        "Files ended, and attempts to rotate, compress or remove one that failed; files removed, as the limits demand.",
        "short",
        (per("result", increase("registry_log_rotations_total")), "{{result}}"),
        (per("", increase("registry_log_files_removed_total")), "removed"),
    ),
    graph(
        "Events",
        "Events beside the requests within the interval; docs/events.md says what each means.",
        "short",
        (f"{per('event', increase('registry_events_total'))} > 0", "{{event}}"),
    ),
    graph(
        "Spans",
        "Spans a second: begun, kept, and arrived.",
        "ops",
        (per("", rate("registry_trace_spans_started_total")), "begun"),
        (per("reason", rate("registry_trace_spans_sampled_total")), "kept: {{reason}}"),
        (per("destination", rate("registry_trace_spans_exported_total")), "arrived: {{destination}}"),
    ),
    graph(
        "Spans lost by reason",
        "Spans lost a second.",
        "ops",
        (per("reason", rate("registry_trace_spans_dropped_total")), "{{reason}}"),
    ),
]

CLIENT_REQUESTS = "registry_http_client_requests_total"
CLIENTS = [
    stat(
        "Pulled",
        "Body bytes sent a second.",
        "Bps",
        per("", rate("registry_http_client_bytes_total", 'direction="sent"')),
    ),
    stat(
        "Pushed",
        "Body bytes received a second.",
        "Bps",
        per("", rate("registry_http_client_bytes_total", 'direction="received"')),
    ),
    stat(
        "Manifests pulled",
        "Manifests sent a second, those asked for by HEAD left out.",
        "reqps",
        per("", rate(REQUESTS, 'handler="manifest"', 'method="get"', 'code="200"')),
    ),
    stat(
        "Manifests pushed",
        "Manifests stored a second.",
        "reqps",
        per("", rate("registry_manifest_push_total", 'result="stored"')),
    ),
    graph(
        "Requests by client",
        "Requests a second by the program behind the user agent.",
        "reqps",
        (per("client", rate(CLIENT_REQUESTS)), "{{client}}"),
        stacked=True,
    ),
    graph(
        "Requests that failed, by client",
        "Requests a second that failed or were given up: the version of which client broke?",
        "reqps",
        (per("client, outcome", rate(CLIENT_REQUESTS, 'outcome=~"failed|aborted"')), "{{client}} {{outcome}}"),
    ),
    graph(
        "Bytes sent by client",
        "Body bytes a second.",
        "Bps",
        (per("client", rate("registry_http_client_bytes_total", 'direction="sent"')), "{{client}}"),
        stacked=True,
    ),
    graph(
        "Bytes received by client",
        "Body bytes a second.",
        "Bps",
        (per("client", rate("registry_http_client_bytes_total", 'direction="received"')), "{{client}}"),
        stacked=True,
    ),
    graph(
        "Manifests pushed by type",
        "Manifests a second by media type, and what came of them.",
        "reqps",
        (per("media_type, result", rate("registry_manifest_push_total")), "{{result}} {{media_type}}"),
    ),
    graph(
        "Speed of transfers",
        "Bytes a second of blob transfers of 1 MiB and more that 1, 10 and 50 of 100 stay below: the slow ones.",
        "Bps",
        *[
            (quantile(share, "registry_blob_transfer_rate_bytes_per_second", "direction"), f"{share:.0%} {{{{direction}}}}")
            for share in (0.01, 0.1, 0.5)
        ],
    ),
    graph(
        "Size of blobs pushed",
        "Half, 95 and 99 of 100 blobs are smaller.",
        "bytes",
        *quantiles("registry_storage_blob_upload_bytes"),
    ),
    graph(
        "Size of blobs pulled",
        "Half, 95 and 99 of 100 blobs are smaller.",
        "bytes",
        *quantiles("registry_storage_blob_download_bytes"),
    ),
]

STUCK = of("registry_notifications_breaker_state", 'state!="closed"')
NOTIFICATIONS = [
    stat(
        "Endpoints that take no events",
        "Endpoints whose circuit breaker is not closed. 0 is well.",
        "short",
        f"sum({STUCK})",
    ),
    stat("Events that wait", "Of all endpoints.", "short", f"sum({of('registry_notifications_pending_total')})"),
    stat(
        "Dead letters",
        "Events that were given up, until plimsoll events retry or drop.",
        "short",
        f"sum({of('registry_notifications_dead_letters')})",
    ),
    happened(
        "Events lost",
        "Events that never came into a queue within the time shown. Should be 0.",
        "registry_notifications_lost_total",
        red=1,
    ),
    graph(
        "Attempts",
        "Events a second that came for endpoints, and attempts that were taken, refused or not answered.",
        "ops",
        (per("endpoint, type", rate("registry_notifications_events_total")), "{{endpoint}} {{type}}"),
    ),
    graph(
        "Deliveries",
        "Events a second by what has become of them in the end.",
        "ops",
        (per("endpoint, delivery_type", rate("registry_notifications_delivery_total")), "{{endpoint}} {{delivery_type}}"),
    ),
    graph(
        "Queues",
        "Events that wait for each endpoint.",
        "short",
        (f"sum by (endpoint) ({of('registry_notifications_pending_total')})", "{{endpoint}}"),
    ),
    graph(
        "Bytes in queues",
        "Bytes of the events that wait for each endpoint.",
        "bytes",
        (f"sum by (endpoint) ({of('registry_notifications_queue_bytes')})", "{{endpoint}}"),
    ),
    graph(
        "Oldest event",
        "Age of the oldest event that waits for each endpoint.",
        "s",
        (f"max by (endpoint) ({of('registry_notifications_oldest_age_seconds')})", "{{endpoint}}"),
    ),
    graph(
        "Answers of endpoints",
        "Answers a second by status.",
        "ops",
        (per("endpoint, code", rate("registry_notifications_status_total")), "{{endpoint}} {{code}}"),
    ),
    graph(
        "No answer",
        "Events a second whose request was not answered.",
        "ops",
        (per("endpoint", rate("registry_notifications_errors_total")), "{{endpoint}}"),
    ),
    graph(
        "Given up",
        "Events a second that went to the dead letters or were dropped, by reason.",
        "ops",
        (per("endpoint, reason", rate("registry_notifications_dropped_total")), "{{endpoint}} {{reason}}"),
    ),
    graph(
        "Dead letters removed",
        "Dead letters a second that are gone for good since the bounds of deadletters were reached.",
        "ops",
        (per("endpoint, reason", rate("registry_notifications_dead_letters_dropped_total")), "{{endpoint}} {{reason}}"),
    ),
    graph(
        "Time of a request to an endpoint",
        "Half, 95 and 99 of 100 requests to endpoints are faster.",
        "s",
        *quantiles("registry_notifications_http_latency_seconds"),
    ),
    graph(
        "Time to arrival",
        "Half, 95 and 99 of 100 events arrive sooner after what they tell of.",
        "s",
        *quantiles("registry_notifications_total_latency_seconds"),
    ),
    graph(
        "Further attempts",
        "Half, 95 and 99 of 100 events need fewer attempts beyond the first.",
        "short",
        *quantiles("registry_notifications_retries_count"),
    ),
    graph(
        "Notes beside the ledger",
        "Notes about events a second that were kept in a file while the ledger could not be used.",
        "ops",
        (per("", rate("registry_notifications_spooled_total")), "notes"),
    ),
]

def most(metric):
    """The ten repositories of which the most is done, by name."""
    return (f"topk(10, {per('repository', rate(metric))})", "{{repository}}")


def largest(metric):
    """The ten repositories that are largest, by name; servers that share a storage tell the same of it."""
    return (f"topk(10, max by (repository) ({of(metric)}))", "{{repository}}")


REPOSITORIES = [
    graph(
        "Pulls",
        "Manifests sent a second, of the ten repositories with the most.",
        "ops",
        most("registry_repository_pulls_total"),
    ),
    graph(
        "Pushes",
        "Manifests stored a second, of the ten repositories with the most.",
        "ops",
        most("registry_repository_pushes_total"),
    ),
    graph(
        "Sent",
        "Body bytes sent a second, of the ten repositories with the most.",
        "Bps",
        most("registry_repository_sent_bytes_total"),
    ),
    graph(
        "Received",
        "Body bytes received a second, of the ten repositories with the most.",
        "Bps",
        most("registry_repository_received_bytes_total"),
    ),
    graph(
        "Refused",
        "Requests a second that were refused, of the ten repositories with the most.",
        "reqps",
        most("registry_repository_refused_requests_total"),
    ),
    graph(
        "Failed",
        "Requests a second that failed, of the ten repositories with the most.",
        "reqps",
        most("registry_repository_failed_requests_total"),
    ),
    graph(
        "Stored",
        "Bytes of a repository's blobs, each once, of the ten repositories with the most.",
        "bytes",
        largest("registry_repository_deduplicated_bytes"),
    ),
    graph(
        "Stored alone",
        "Bytes that no other repository reaches, of the ten repositories with the most.",
        "bytes",
        largest("registry_repository_exclusive_bytes"),
    ),
]

DASHBOARDS = {
    "overview": {"title": "Overview", "description": "Is everything well?", "panels": OVERVIEW},
    "requests": {
        "title": "Requests",
        "description": "What is asked for, how it is answered, and how long it takes.",
        "panels": REQUEST_PANELS,
    },
    "access": {
        "title": "Access",
        "description": "Who signs in, who is refused and why, and what that costs.",
        "panels": ACCESS,
    },
    "storage": {
        "title": "Storage",
        "description": "Space, calls, uploads, the cache, damage, and the ledger.",
        "panels": STORAGE,
    },
    "maintenance": {
        "title": "Maintenance",
        "description": "Garbage collection, the trash, and the check of content.",
        "panels": MAINTENANCE,
    },
    "repositories": {
        "title": "Repositories",
        "description": "Which repositories are used and stored most. Needs the job for /metrics/usage, as in scrape.yml.",
        "panels": REPOSITORIES,
    },
    "log": {
        "title": "Log pipeline",
        "description": "The log and the traces themselves: what is written, what waits, what is lost.",
        "panels": LOG,
    },
    "clients": {
        "title": "Push and pull by client",
        "description": "Which programs push and pull, how much, and how fast.",
        "panels": CLIENTS,
    },
    "notifications": {
        "title": "Notifications",
        "description": "Events that are posted to others: what waits, what arrives, what is given up.",
        "panels": NOTIFICATIONS,
    },
}
