"""What the documentation of the modules that make releases has in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Ansible looks the parts up by the name after the dot, in capitals."""

    # Where the source is, and what is served of it.
    SOURCE = r"""
options:
  source:
    description: The folder of the application, or the URL of a git repository. A secret in the URL is not shown.
    type: str
    required: true
  revision:
    description: The branch, tag or commit of a repository; the remote's C(HEAD) when empty.
    type: str
    default: ''
  directory:
    description: The folder of the application within the source; the source itself when empty.
    type: str
    default: ''
  cache:
    description: The folder that keeps fetched repositories.
    type: path
    default: ~/.cache/flaskscale/sources
  application:
    description: The WSGI application as gunicorn takes it; found in the source when empty.
    type: str
    default: ''
"""

    # Which engine, on the host where the module runs.
    ENGINE = r"""
options:
  docker:
    description: The docker command.
    type: str
    default: docker
"""
