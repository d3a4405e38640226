"""How gunicorn serves an application that brings no gunicorn.conf.py."""

from __future__ import annotations

import os
from typing import Any

import flaskscale_serving

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 8

# The load balancer keeps its connections for 600 s and must be the side that closes first.
keepalive = 620

# The drain, then 25 s for requests in flight; the container is killed after 60 s.
graceful_timeout = int(flaskscale_serving.drain_seconds()) + 25
timeout = 30

accesslog = "-"
errorlog = "-"

# Only the load balancer gets through the firewall, so that what it says of the client and the scheme is true.
forwarded_allow_ips = "*"

# Nothing is written to the root file system.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - gunicorn names its own file
control_socket_disable = True


def post_worker_init(_worker: Any) -> None:
    """The worker has its signal handlers: an application with a health route of its own drains too."""
    flaskscale_serving.drain_on_sigterm(flaskscale_serving.drain_seconds())


def pre_request(_worker: Any, request: Any) -> None:
    """While draining, close each connection with its answer, so that the load balancer's connections end tidily."""
    if flaskscale_serving.DRAINING.is_set():
        request.force_close()
