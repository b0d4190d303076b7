#!/usr/bin/env python3
"""Makes the dashboard: `dashboard.py > dashboard.json`. A row is a question; what it asks of Prometheus stands below.

The names are those that the collector's exporter makes of OpenTelemetry's; the test `trace` holds them against what the
services really export."""

import json

SOURCE = {"type": "prometheus", "uid": "${source}"}
WIDTH = 24
HEIGHT = 8
RATE = "$__rate_interval"

EDGE = "http_server_request_duration_seconds"
RPC = "rpc_server_duration_seconds"
OF_SERVICE = 'service=~"$service"'
FAULTS = 'rpc_grpc_status_code=~"2|4|8|12|13|14|15"'


def quantiles(metric, labels="", by=""):
    """The median and the slowest hundredth of a histogram."""
    grouped = ", ".join(filter(None, ["le", by]))
    legend = f"{{{{{by}}}}} " if by else ""
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        rate = f"sum by ({grouped}) (rate({metric}_bucket{{{labels}}}[{RATE}]))"
        yield f"histogram_quantile({share}, {rate})", legend + name


def panel(title, unit, queries, tells="", stack=False):
    return {"title": title, "unit": unit, "queries": list(queries), "tells": tells, "stack": stack}


ROWS = {
    "Are the promises kept?": [
        panel(
            "Part of calls that broke a promise, last hour",
            "percentunit",
            [("kvitt:slo_bad:ratio_rate1h", "{{slo}}"), ("kvitt:slo_budget:ratio", "{{slo}} may")],
            "Over 30 days the first may not be above the second. Edge: 5xx; reads above 300 ms; commands above 500 ms.",
        ),
        panel(
            "How fast the month's budget burns",
            "short",
            [("kvitt:slo_bad:ratio_rate1h / on (slo) kvitt:slo_budget:ratio", "{{slo}}")],
            "At 1 the budget lasts exactly as long as the month; at 14.4 somebody is woken.",
        ),
        panel("Instances that serve", "short", [("sum by (service) (kvitt_serving)", "{{service}}")]),
    ],
    "The edge": [
        panel("Requests", "reqps", [(f"sum by (http_request_method) (rate({EDGE}_count[{RATE}]))", "{{http_request_method}}")]),
        panel(
            "Refusals and errors",
            "reqps",
            [
                (
                    f'sum by (http_response_status_code) (rate({EDGE}_count{{http_response_status_code=~"4..|5.."}}[{RATE}]))',
                    "{{http_response_status_code}}",
                )
            ],
            stack=True,
        ),
        panel("Duration", "s", quantiles(EDGE, by="http_request_method")),
        panel(
            "Slowest routes, p99",
            "s",
            [
                (
                    f"topk(10, histogram_quantile(0.99, sum by (le, http_request_method, http_route) (rate({EDGE}_bucket[{RATE}]))))",
                    "{{http_request_method}} {{http_route}}",
                )
            ],
        ),
    ],
    "Rpcs": [
        panel("Calls", "reqps", [(f"sum by (service) (rate({RPC}_count{{{OF_SERVICE}}}[{RATE}]))", "{{service}}")]),
        panel(
            "Calls by method",
            "reqps",
            [(f"topk(15, sum by (service, rpc_method) (rate({RPC}_count{{{OF_SERVICE}}}[{RATE}])))", "{{service}} {{rpc_method}}")],
        ),
        panel(
            "Faults by method",
            "reqps",
            [
                (
                    f"sum by (service, rpc_method, rpc_grpc_status_code) (rate({RPC}_count{{{OF_SERVICE},{FAULTS}}}[{RATE}])) > 0",
                    "{{service}} {{rpc_method}} {{rpc_grpc_status_code}}",
                )
            ],
            "What the platform owes, not what it refused.",
        ),
        panel("Duration", "s", quantiles(RPC, OF_SERVICE, "service")),
        panel(
            "Slowest methods, p99",
            "s",
            [
                (
                    f"topk(15, histogram_quantile(0.99, sum by (le, service, rpc_method) (rate({RPC}_bucket{{{OF_SERVICE}}}[{RATE}]))))",
                    "{{service}} {{rpc_method}}",
                )
            ],
            "Streams, such as Tail, last as long as their callers want.",
        ),
    ],
    "The engine": [
        panel("Commands that wait", "short", [("sum by (lane, part) (kvitt_lane_queue)", "{{lane}} {{part}}")], "At 4096 the next one is refused."),
        panel("Commands refused", "reqps", [(f"sum by (lane) (rate(kvitt_lane_refused_total[{RATE}]))", "{{lane}}")]),
        panel("Commands in a batch", "short", quantiles("kvitt_lane_batch_size", by="lane")),
        panel("Duration of a batch", "s", quantiles("kvitt_lane_batch_duration_seconds", by="lane")),
        panel("Duration of a commit", "s", quantiles("kvitt_lane_commit_duration_seconds")),
        panel(
            "Round trips for a batch",
            "short",
            [
                (
                    f'sum(rate(kvitt_lane_round_trips_total[{RATE}])) / sum(rate(kvitt_lane_batch_size_count{{lane="payment_log"}}[{RATE}]))',
                    "round trips",
                )
            ],
            "One when everything was remembered, two when something had to be read.",
        ),
        panel(
            "Operations beyond their deadline",
            "short",
            [("sum(kvitt_operations_overdue)", "operations"), (f"sum(increase(kvitt_clearing_refused_total[{RATE}]))", "refused in clearing")],
        ),
        panel("The oldest of them", "s", [("max(kvitt_operations_oldest_pending_seconds)", "beyond its deadline")]),
    ],
    "Those who follow the log": [
        panel("Events behind", "short", [("min by (consumer, part) (kvitt_feed_lag)", "{{consumer}} {{part}}")], "Of the instance that is furthest."),
        panel("Time behind", "s", [("min by (consumer, part) (kvitt_feed_behind_seconds)", "{{consumer}} {{part}}")]),
    ],
    "What merchants are told": [
        panel(
            "Tries",
            "reqps",
            [(f"sum by (outcome) (rate(kvitt_deliveries_attempt_duration_seconds_count[{RATE}]))", "{{outcome}}")],
            stack=True,
        ),
        panel("Duration of a try", "s", quantiles("kvitt_deliveries_attempt_duration_seconds", by="outcome")),
        panel("Deliveries that wait", "short", [("max(kvitt_deliveries_waiting)", "deliveries")], "Those to be tried again later too; no more than 50 000 are counted."),
        panel("Due for longest", "s", [("max(kvitt_deliveries_oldest_due_seconds)", "to a server that answers")]),
    ],
    "Settlement, and what else is due": [
        panel("Overdue", "s", [("max by (service, work) (kvitt_work_overdue_seconds)", "{{service}} {{work}}")]),
    ],
    "What it stands on": [
        panel(
            "Connections in use",
            "percentunit",
            [
                (
                    'sum by (job, database, pool) (kvitt_database_connections{state="used"})'
                    " / sum by (job, database, pool) (kvitt_database_connections_limit)",
                    "{{job}} {{database}} {{pool}}",
                )
            ],
        ),
        panel(
            "Calls sent again, addresses left out",
            "short",
            [
                (f"sum by (job) (increase(kvitt_mesh_retries_total[{RATE}]))", "{{job}} again"),
                (f"sum by (job) (increase(kvitt_mesh_ejections_total[{RATE}]))", "{{job}} left out"),
            ],
        ),
        panel(
            "Errors and warnings logged",
            "short",
            [(f"sum by (job, level) (increase(kvitt_log_events_total[{RATE}]))", "{{job}} {{level}}")],
        ),
        panel(
            "Certificates that could not be read again",
            "short",
            [(f"sum by (job) (increase(kvitt_tls_reload_failures_total[{RATE}]))", "{{job}}")],
        ),
        panel("Memory", "bytes", [("max by (job) (process_memory_usage_bytes)", "{{job}}")], "Resident, of the largest instance."),
        panel("Processor", "short", [(f"sum by (job) (rate(process_cpu_time_seconds_total[{RATE}]))", "{{job}}")], "Cores."),
    ],
}


def drawn(panel_id, asked, place):
    width, x, y = place
    return {
        "id": panel_id,
        "type": "timeseries",
        "title": asked["title"],
        "description": asked["tells"],
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": width, "x": x, "y": y},
        "fieldConfig": {
            "defaults": {
                "unit": asked["unit"],
                "min": 0,
                "custom": {"showPoints": "never", "fillOpacity": 10, "stacking": {"mode": "normal" if asked["stack"] else "none"}},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": expr, "legendFormat": legend}
            for index, (expr, legend) in enumerate(asked["queries"])
        ],
    }


def panels():
    ids, y = iter(range(1, 1000)), 0
    for title, asked in ROWS.items():
        yield {"id": next(ids), "type": "row", "title": title, "collapsed": False, "panels": [], "gridPos": {"h": 1, "w": WIDTH, "x": 0, "y": y}}
        y += 1
        across = min(3, len(asked)) if len(asked) != 4 else 4
        width = WIDTH // across
        for index, one in enumerate(asked):
            yield drawn(next(ids), one, (width, index % across * width, y + index // across * HEIGHT))
        y += -(-len(asked) // across) * HEIGHT


def variable(name, label, kind, query, **rest):
    return {"name": name, "label": label, "type": kind, "query": query, **rest}


def dashboard():
    services = f"label_values({RPC}_count, service)"
    return {
        "uid": "kvitt",
        "title": "Kvitt",
        "tags": ["kvitt"],
        "schemaVersion": 39,
        "editable": True,
        "time": {"from": "now-3h", "to": "now"},
        "refresh": "30s",
        "templating": {
            "list": [
                variable("source", "Prometheus", "datasource", "prometheus"),
                variable(
                    "service",
                    "Service",
                    "query",
                    services,
                    datasource=SOURCE,
                    refresh=2,
                    multi=True,
                    includeAll=True,
                    current={"text": "All", "value": "$__all"},
                ),
            ]
        },
        "annotations": {
            "list": [
                {
                    "name": "Alerts",
                    "enable": True,
                    "iconColor": "red",
                    "datasource": SOURCE,
                    "expr": 'ALERTS{alertstate="firing",severity="page"}',
                    "titleFormat": "{{alertname}}",
                }
            ]
        },
        "panels": list(panels()),
    }


if __name__ == "__main__":
    print(json.dumps(dashboard(), indent=1, ensure_ascii=False))
