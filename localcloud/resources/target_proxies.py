"""Target HTTP and HTTPS proxies (v1/targetHttpProxies, v1/targetHttpsProxies)."""

from __future__ import annotations

from localcloud.errors.api import required_field
from localcloud.resources.call import Call
from localcloud.resources.collection import Change, Kind, change
from localcloud.resources.collection_methods import existing, mutates, operation_on, register
from localcloud.resources.fields import check_range, require
from localcloud.resources.references import Reference
from localcloud.store.store import Document


def _rule(change: Change) -> None:
    """A URL map; client keep-alive 5 to 1200 s."""
    require(change.body, "urlMap")
    if "httpKeepAliveTimeoutSec" in change.body:
        check_range("resource.httpKeepAliveTimeoutSec", change.body["httpKeepAliveTimeoutSec"], 5, 1200)


def _https_rule(change: Change) -> None:
    """As an HTTP proxy, with certificates."""
    _rule(change)
    if not change.body.get("sslCertificates") and not change.body.get("certificateMap"):
        raise required_field("resource.sslCertificates")
    change.body.setdefault("quicOverride", "NONE")


TARGET_HTTP_PROXY = register(
    Kind(
        collection="targetHttpProxies",
        kind="compute#targetHttpProxy",
        noun="target_http_proxy",
        parameter="targetHttpProxy",
        services={"global": "targetHttpProxies"},
        verbs=("patch",),
        aggregated="targetHttpProxies",
        references=(Reference("urlMap", ("urlMaps",)),),
        fingerprint=True,
        rule=_rule,
    )
)

TARGET_HTTPS_PROXY = register(
    Kind(
        collection="targetHttpsProxies",
        kind="compute#targetHttpsProxy",
        noun="target_https_proxy",
        parameter="targetHttpsProxy",
        services={"global": "targetHttpsProxies"},
        verbs=("patch",),
        aggregated="targetHttpsProxies",
        references=(Reference("urlMap", ("urlMaps",)), Reference("sslCertificates[]", ("sslCertificates",))),
        fingerprint=True,
        rule=_https_rule,
    )
)


@mutates("compute.targetHttpProxies.setUrlMap")
def set_http_url_map(call: Call) -> Document:
    """The URL map must exist."""
    return _set(TARGET_HTTP_PROXY, call, "urlMap")


@mutates("compute.targetHttpsProxies.setUrlMap")
def set_https_url_map(call: Call) -> Document:
    """The URL map must exist."""
    return _set(TARGET_HTTPS_PROXY, call, "urlMap")


@mutates("compute.targetHttpsProxies.setSslCertificates")
def set_ssl_certificates(call: Call) -> Document:
    """The certificates must exist."""
    return _set(TARGET_HTTPS_PROXY, call, "sslCertificates")


@mutates("compute.targetHttpsProxies.setQuicOverride")
def set_quic_override(call: Call) -> Document:
    """Stored.

    Differs: the local data plane does not speak QUIC.
    """
    return _set(TARGET_HTTPS_PROXY, call, "quicOverride")


def _set(kind: Kind, call: Call, field: str) -> Document:
    proxy = existing(kind, call)
    require(call.body, field)
    body = proxy.body | {field: call.body[field]}
    return operation_on(call, change(kind, proxy, body, call.transaction, now=call.now, settings=call.settings))
