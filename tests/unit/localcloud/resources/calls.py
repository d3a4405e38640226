"""Calls of services other than Compute Engine, as the API shell makes them: checked going in and coming out."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.discovery.description import load
from localcloud.discovery.reply import validate_reply
from localcloud.discovery.validate import validate_body, validate_parameters
from localcloud.errors.api import ApiError
from localcloud.resources.call import HANDLERS, Call
from localcloud.resources.resource_manager import seed_project
from localcloud.resources.service_usage import seed_services
from localcloud.settings import Settings
from localcloud.store.store import Document, Store

NOW = 1_700_000_000.0
PRINCIPAL = "operator@flaskscale-local.iam.gserviceaccount.com"


class Services:
    """A seeded project in a store of its own."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.now = NOW
        with store.transaction() as transaction:
            seed_project(transaction, settings, NOW)
            seed_services(transaction, settings.project)

    def call(self, method_id: str, body: Document | None = None, **parameters: str) -> Document:
        """The reply of a method."""
        service = load(method_id.partition(".")[0])
        method = service.methods[method_id]
        path = {name: text for name, text in parameters.items() if method.parameters[name]["location"] == "path"}
        query = [(name, text) for name, text in parameters.items() if name not in path]
        typed = validate_parameters(service, method, path, query)
        document = validate_body(service, method, body)
        with self.store.transaction() as transaction:
            call = Call(method_id, typed, document, transaction, self.now, PRINCIPAL, self.settings)
            reply = HANDLERS[method_id](call)
        assert validate_reply(service, method, reply) == []
        return reply

    def refused(self, method_id: str, body: Document | None = None, **parameters: Any) -> tuple[int, str]:
        """Status and sentence of a refused call."""
        with pytest.raises(ApiError) as caught:
            self.call(method_id, body, **parameters)
        return caught.value.code, caught.value.message
