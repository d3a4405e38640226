"""The snapshot as Envoy's files: pure, and held by golden tests.

Behaviour: gce-behaviour section 4. Google's load balancer shows up in the headers (Via, X-Forwarded-For with its own
address, X-Cloud-Trace-Context), the 610 s keep-alive, and the one retry of requests that have no body.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud.dataplane.snapshot import (
    BackendService,
    Destination,
    Endpoint,
    FrontEnd,
    HostRoute,
    PathRoute,
    Redirect,
    Snapshot,
)

Document = dict[str, Any]

BACKEND_KEEP_ALIVE_SECONDS = 600
_TYPE = "type.googleapis.com/"
_NO_LIMIT = 1_000_000
_REDIRECT_CODES = {
    "MOVED_PERMANENTLY_DEFAULT": "MOVED_PERMANENTLY",
    "FOUND": "FOUND",
    "SEE_OTHER": "SEE_OTHER",
    "TEMPORARY_REDIRECT": "TEMPORARY_REDIRECT",
    "PERMANENT_REDIRECT": "PERMANENT_REDIRECT",
}
_ERROR_PAGE = (
    "<html><head><title>%RESPONSE_CODE% Server Error</title></head><body><h1>Error: Server Error</h1>"
    "<p>The server encountered a temporary error and could not complete your request. "
    "Please try again in 30 seconds.</p></body></html>\n"
)
_TRACE_CONTEXT = """
function envoy_on_request(handle)
  local headers = handle:headers()
  local identity = headers:get("x-request-id") or ""
  headers:remove("x-request-id")
  if headers:get("x-cloud-trace-context") == nil then
    local digits = identity:gsub("-", "")
    headers:add("x-cloud-trace-context", digits .. "/" .. tonumber(digits:sub(1, 8), 16))
  end
end
"""


def render(snapshot: Snapshot, folder: Path) -> dict[str, str]:
    """Text of every file that changes while Envoy runs, by file name.

    Args:
        snapshot: what to serve.
        folder: where the files will lie; they name each other by absolute path.
    """
    resources = {
        "lds.json": [_listener(front_end, snapshot) for front_end in snapshot.front_ends],
        "cds.json": [_cluster(service, folder) for service in snapshot.services],
        **{endpoints_file(service.name): [_assignment(service)] for service in snapshot.services},
    }
    return {name: _text({"resources": items}) for name, items in resources.items()}


def render_bootstrap(folder: Path) -> str:
    """Text of the file Envoy is started with; the rest it reads from, and watches in, `folder`."""
    return _text(
        {
            "node": {"id": "localcloud", "cluster": "localcloud"},
            "admin": {"address": _socket_address("127.0.0.1", 0)},
            "dynamic_resources": {
                "lds_config": _file_source(folder / "lds.json"),
                "cds_config": _file_source(folder / "cds.json"),
            },
        }
    )


def endpoints_file(service: str) -> str:
    """Name of the file with a service's endpoints."""
    return f"eds-{service}.json"


def _text(document: Document) -> str:
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _listener(front_end: FrontEnd, snapshot: Snapshot) -> Document:
    return {
        "@type": _TYPE + "envoy.config.listener.v3.Listener",
        "name": front_end.name,
        "address": _socket_address("127.0.0.1", front_end.local_port),
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [_connection_manager(front_end, snapshot)]}],
    }


def _connection_manager(front_end: FrontEnd, snapshot: Snapshot) -> Document:
    manager = {
        "@type": _filter_type("network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": front_end.name,
        "codec_type": "AUTO",
        "use_remote_address": True,
        "via": "1.1 google",
        "server_header_transformation": "PASS_THROUGH",
        "common_http_protocol_options": {"idle_timeout": f"{front_end.keep_alive_seconds}s"},
        "stream_idle_timeout": "0s",
        "local_reply_config": _local_replies(),
        "http_filters": [_trace_filter(), _router_filter()],
        "route_config": _routes(front_end, snapshot),
    }
    return {"name": "http", "typed_config": manager}


def _local_replies() -> Document:
    """Google's sentence instead of Envoy's words, for errors the load balancer itself answers."""
    server_error = {
        "status_code_filter": {
            "comparison": {"op": "GE", "value": {"default_value": 500, "runtime_key": "localcloud.error_page"}}
        }
    }
    page = {"text_format_source": {"inline_string": _ERROR_PAGE}, "content_type": "text/html; charset=UTF-8"}
    return {"mappers": [{"filter": server_error, "body_format_override": page}]}


def _trace_filter() -> Document:
    lua = {
        "@type": _filter_type("http.lua.v3.Lua"),
        "default_source_code": {"inline_string": _TRACE_CONTEXT},
    }
    return {"name": "trace_context", "typed_config": lua}


def _router_filter() -> Document:
    router = {"@type": _filter_type("http.router.v3.Router"), "suppress_envoy_headers": True}
    return {"name": "envoy.filters.http.router", "typed_config": router}


def _routes(front_end: FrontEnd, snapshot: Snapshot) -> Document:
    services = {service.name: service for service in snapshot.services}
    return {
        "name": front_end.name,
        "ignore_port_in_host_matching": True,
        "validate_clusters": False,  # files arrive in any order; one that is early must not be rejected
        "request_headers_to_remove": ["x-envoy-external-address", "x-envoy-internal"],
        "request_headers_to_add": [
            {
                "header": {"key": "x-forwarded-for", "value": front_end.address},
                "append_action": "APPEND_IF_EXISTS_OR_ADD",
            }
        ],
        "virtual_hosts": [_virtual_host(host, services) for host in front_end.hosts],
    }


def _virtual_host(host: HostRoute, services: dict[str, BackendService]) -> Document:
    routes = []
    for path in sorted(host.paths, key=_precedence):
        routes += _destination_routes(_path_match(path.path), path.destination, services)
    routes += _destination_routes({"prefix": "/"}, host.default, services)
    return {"name": host.name, "domains": list(host.hosts), "routes": routes}


def _precedence(route: PathRoute) -> tuple[bool, int]:
    """Exact paths first, then the longest prefix, whatever the order in the URL map (Google: URL maps overview)."""
    return route.path.endswith("*"), -len(route.path)


def _path_match(path: str) -> Document:
    return {"prefix": path.removesuffix("*")} if path.endswith("*") else {"path": path}


def _destination_routes(
    match: Document, destination: Destination, services: dict[str, BackendService]
) -> list[Document]:
    if destination.redirect is not None:
        return [{"match": match, "redirect": _redirect(destination.redirect)}]
    return _service_routes(match, destination, services)


def _redirect(redirect: Redirect) -> Document:
    document: Document = {"response_code": _REDIRECT_CODES[redirect.code], "strip_query": redirect.strip_query}
    if redirect.https:
        document["https_redirect"] = True
    for field, value in (
        ("host_redirect", redirect.host),
        ("path_redirect", redirect.path),
        ("prefix_rewrite", redirect.prefix),
    ):
        if value:
            document[field] = value
    return document


def _service_routes(match: Document, destination: Destination, services: dict[str, BackendService]) -> list[Document]:
    """Two routes to one place: requests without a body are retried once, all others never."""
    heaviest, _ = max(destination.services, key=lambda entry: entry[1])
    action = _targets(destination) | {"timeout": f"{services[heaviest].timeout_seconds:g}s"}
    if hashing := _hash_policy(services[heaviest].affinity):
        action["hash_policy"] = hashing
    retry = {
        "retry_on": "gateway-error,connect-failure,refused-stream,reset",
        "num_retries": 1,
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": {
                    "@type": _TYPE + "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                },
            }
        ],
        "host_selection_retry_max_attempts": "5",
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.1s"},
    }
    without_body = {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}
    return [
        {"match": {**match, "headers": [without_body]}, "route": {**action, "retry_policy": retry}},
        {"match": match, "route": action},
    ]


def _targets(destination: Destination) -> Document:
    if len(destination.services) == 1:
        return {"cluster": destination.services[0][0]}
    clusters = [{"name": name, "weight": weight} for name, weight in destination.services]
    return {"weighted_clusters": {"clusters": clusters}}


def _hash_policy(affinity: str) -> list[Document]:
    if affinity.startswith("CLIENT_IP"):
        return [{"connection_properties": {"source_ip": True}}]
    if affinity == "GENERATED_COOKIE":
        return [{"cookie": {"name": "GCLB", "ttl": "0s", "path": "/"}}]
    return []


def _cluster(service: BackendService, folder: Path) -> Document:
    """A service as a cluster: zones share by weight, and with nobody healthy the answer is 503 (no panic mode)."""
    limits = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    protocol = {
        "@type": _TYPE + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        "common_http_protocol_options": {"idle_timeout": f"{BACKEND_KEEP_ALIVE_SECONDS}s"},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    return {
        "@type": _TYPE + "envoy.config.cluster.v3.Cluster",
        "name": service.name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": _file_source(folder / endpoints_file(service.name))},
        "connect_timeout": "2s",
        "lb_policy": _policy(service),
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "locality_weighted_lb_config": {}},
        "circuit_breakers": {"thresholds": [dict.fromkeys(limits, _NO_LIMIT)]},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": protocol},
    }


def _policy(service: BackendService) -> str:
    if service.affinity != "NONE":
        return "MAGLEV"
    return service.policy


def _assignment(service: BackendService) -> Document:
    return {
        "@type": _TYPE + "envoy.config.endpoint.v3.ClusterLoadAssignment",
        "cluster_name": service.name,
        "endpoints": [
            {
                "locality": {"zone": locality.zone, "sub_zone": locality.group},
                "load_balancing_weight": locality.weight,
                "lb_endpoints": [_endpoint(endpoint) for endpoint in locality.endpoints],
            }
            for locality in service.localities
        ],
    }


def _endpoint(endpoint: Endpoint) -> Document:
    address = _socket_address(endpoint.host, endpoint.port)
    return {
        "health_status": str(endpoint.health),
        "endpoint": {"hostname": endpoint.instance, "address": address},
    }


def _socket_address(host: str, port: int) -> Document:
    return {"socket_address": {"address": host, "port_value": port}}


def _file_source(file: Path) -> Document:
    return {"resource_api_version": "V3", "path_config_source": {"path": str(file)}}


def _filter_type(name: str) -> str:
    return f"{_TYPE}envoy.extensions.filters.{name}"
