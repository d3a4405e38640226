"""The variables of an env-file, as an instance's `container-env` has them. Pure.

The rules are those of `docker run --env-file`, which reads the same lines where an instance runs the application's
image: what one takes the other takes too (https://docs.docker.com/reference/cli/docker/container/run/#env).
"""

from __future__ import annotations

from localcloud.runtimes.runtime import RuntimeFaultError

_LONGEST_LINE_BYTES = 64 * 1024 - 1


def env_file_variables(text: str) -> dict[str, str]:
    """Value by variable. A name without `=` takes its value from where the command runs, so here it sets nothing.

    Raises:
        RuntimeFaultError: a line that docker refuses; the text has its number only, as it may hold a secret.
    """
    variables = {}
    for number, line in enumerate(text.removeprefix("\N{BYTE ORDER MARK}").split("\n"), start=1):
        content = line.removesuffix("\r").lstrip()
        if not content or content.startswith("#"):
            continue
        name, separator, value = content.partition("=")
        if not name or " " in name or "\t" in name:
            raise _refused(number, "has no variable's name, or one with a space in it, before its '='")
        if "\0" in content or len(line.encode()) > _LONGEST_LINE_BYTES:
            raise _refused(number, f"has a NUL character or more than {_LONGEST_LINE_BYTES} bytes")
        if separator:
            variables[name] = value
    return variables


def _refused(number: int, found: str) -> RuntimeFaultError:
    return RuntimeFaultError(
        f"line {number} of the metadata key container-env {found}; write NAME=value, as docker run --env-file reads it"
    )
