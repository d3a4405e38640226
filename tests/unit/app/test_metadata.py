"""The metadata server, over real HTTP."""

from __future__ import annotations

import socket

import pytest
from flaskscale_app.errors import SourceUnavailableError
from flaskscale_app.metadata import Identity, MetadataServer, identity_of_host

from tests.unit.app.cloud_stand_in import Cloud


def test_the_identity_is_read(cloud: Cloud) -> None:
    assert MetadataServer(cloud.host).identity() == Identity(
        name="flaskscale-group-aaaa",
        project="flaskscale-local",
        zone="us-central1-a",
        internal_ip="10.10.0.2",
        external_ip="34.1.2.3",
    )


@pytest.mark.parametrize("value", [None, ""])
def test_an_instance_without_an_external_address_has_none(cloud: Cloud, value: str | None) -> None:
    path = "instance/network-interfaces/0/access-configs/0/external-ip"
    cloud.metadata[path] = value  # type: ignore[assignment]  # any value
    assert MetadataServer(cloud.host).external_ip() is None


def test_a_missing_value_is_told(cloud: Cloud) -> None:
    del cloud.metadata["instance/name"]
    with pytest.raises(SourceUnavailableError) as failure:
        MetadataServer(cloud.host).identity()
    assert str(failure.value) == (f"The metadata server {cloud.host} answered 404 for instance/name; expected 200")


def test_a_proxy_in_the_environment_is_not_used(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert MetadataServer(cloud.host).internal_ip() == "10.10.0.2"


def test_no_metadata_server_is_told() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(SourceUnavailableError) as failure:
            MetadataServer(host).internal_ip()
    assert str(failure.value) == (
        f"The metadata server {host} could not be asked for instance/network-interfaces/0/ip (ConnectionError); "
        "outside Compute Engine this is normal, otherwise check GCE_METADATA_HOST"
    )


def test_without_a_metadata_server_the_host_has_its_name() -> None:
    assert identity_of_host() == Identity(name=socket.gethostname())
