"""The metadata tree as text and as JSON."""

from __future__ import annotations

import json

import pytest

from localcloud.api.metadata_tree import as_json, as_text, find, metadata_tree
from localcloud.settings import read_settings

SETTINGS = read_settings({})
INSTANCE = {
    "id": "7",
    "name": "web-1",
    "zone": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a",
    "machineType": "https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/machineTypes/e2-medium",
    "metadata": {"items": [{"key": "container-env", "value": "A=1\nB=2"}]},
    "networkInterfaces": [{"networkIP": "10.10.0.2", "accessConfigs": [{"natIP": "203.0.113.5"}]}],
    "serviceAccounts": [{"email": "a@p.iam.gserviceaccount.com", "scopes": ["https://scope/one", "https://scope/two"]}],
    "tags": {"items": ["web"]},
}
TREE = metadata_tree(INSTANCE, {"ssh-keys": "k"}, SETTINGS)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "instance/\nproject/\nuniverse/\n"),
        ("instance/attributes/container-env", "A=1\nB=2"),
        ("instance/region", "projects/100000000001/regions/us-central1"),
        ("instance/hostname", "web-1.us-central1-a.c.flaskscale-local.internal"),
        ("instance/network-interfaces", "0/\n"),
        ("instance/network-interfaces/0/access-configs/0/external-ip", "203.0.113.5"),
        ("instance/service-accounts", "a@p.iam.gserviceaccount.com/\ndefault/\n"),
        ("instance/service-accounts/default/scopes", "https://scope/one\nhttps://scope/two\n"),
        ("instance/service-accounts/default/aliases", "default\n"),
        ("instance/tags", '["web"]'),
        ("project/attributes/ssh-keys", "k"),
        ("universe/universe-domain", "googleapis.com"),
    ],
)
def test_paths_as_text(path: str, text: str) -> None:
    assert as_text(find(TREE, [segment for segment in path.split("/") if segment])) == text


def test_json_has_camel_case_names_but_verbatim_attributes() -> None:
    shown = json.loads(as_json(TREE))
    assert shown["project"] == {
        "attributes": {"ssh-keys": "k"},
        "numericProjectId": 100000000001,
        "projectId": "flaskscale-local",
    }
    assert shown["instance"]["networkInterfaces"][0]["accessConfigs"][0]["externalIp"] == "203.0.113.5"
    assert "a@p.iam.gserviceaccount.com" in shown["instance"]["serviceAccounts"]


@pytest.mark.parametrize("path", ["nothing", "instance/name/more", "instance/network-interfaces/1", "instance/tags/0"])
def test_nothing_is_there(path: str) -> None:
    with pytest.raises(KeyError):
        find(TREE, path.split("/"))
