"""Pushes an image with a token, and leaves nothing of the login behind."""

from __future__ import annotations

import json
import os
import re
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from .engine import Engine, Said
from .errors import NoSpaceError, PushFailedError, RegistryRefusedError, RegistryUnreachableError, TokenMissingError

USER = "oauth2accesstoken"
_METADATA = "computeMetadata/v1/instance/service-accounts/default/token"
_PROGRESS = re.compile(r"^[0-9a-f]{12}: .*\n?", re.MULTILINE)
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_DIGEST = re.compile(r"digest: (?P<digest>sha256:[0-9a-f]{64})")
_REFUSED = re.compile(r"unauthorized|denied|forbidden|authentication required|\b40[13]\b", re.IGNORECASE)
_UNREACHABLE = re.compile(r"no such host|connection refused|i/o timeout|no route to host|deadline exceeded|EOF\b")


def metadata_token(host: str = "") -> str:
    """The token of this machine's service account, from its metadata server.

    Raises:
        TokenMissingError: there is no metadata server, or it refuses.
    """
    host = host or os.environ.get("GCE_METADATA_HOST", "metadata.google.internal")
    request = urllib.request.Request(f"http://{host}/{_METADATA}", headers={"Metadata-Flavor": "Google"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(request, timeout=10) as answer:
            return str(json.load(answer)["access_token"])
    except (OSError, urllib.error.URLError, ValueError, KeyError) as wrong:
        raise TokenMissingError(" ".join(str(wrong).split())) from wrong


def push(docker: str, image: str, token: str) -> str:
    """Push `image`, which begins with its registry, and answer with its digest, `sha256:...`.

    The login lives in a folder of its own, in memory where the machine has such a place, and goes with it.

    Raises:
        ContainerError: the registry refuses or does not answer; what it said stands below the sentence.
    """
    registry = image.partition("/")[0]
    memory = str(_MEMORY) if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="flaskscale-login-", dir=memory) as configuration:
        engine = Engine(docker, configuration)
        login = ["login", "--username", USER, "--password-stdin", registry]
        _check(engine.run(login, given=token), registry, "login", image)
        said = engine.run(["push", image])
        _check(said, registry, "push", image)
    found = _DIGEST.search(said.log)
    if not found:
        raise PushFailedError(image, said.log)
    return found["digest"]


def _check(said: Said, registry: str, step: str, image: str) -> None:
    if not said.code:
        return
    log = _PROGRESS.sub("", said.log)
    if said.no_space:
        raise NoSpaceError("the push", log)
    if _REFUSED.search(log):
        raise RegistryRefusedError(registry, step, log)
    if _UNREACHABLE.search(log):
        raise RegistryUnreachableError(registry, log)
    raise PushFailedError(image, log)
