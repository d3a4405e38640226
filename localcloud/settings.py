"""Every setting of the local cloud, read once from LOCALCLOUD_* environment variables and validated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.errors.program import SettingError

PROJECT = "flaskscale-local"
PROJECT_NUMBER = "100000000001"
REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """What one local cloud runs with. Durations are cloud seconds unless a name says otherwise."""

    state: Path
    runtime: str
    http_port: int
    https_port: int
    door_port: int
    admin_port: int
    registry_port: int
    time_scale: float
    operation_latency_seconds: float
    own_cores_per_vcpu: float | None
    project: str = PROJECT
    project_number: str = PROJECT_NUMBER

    @property
    def cores_per_vcpu(self) -> float:
        """How much of a core one vCPU stands for. A machine has an operating system of its own to run beside the
        application; half a core also gives an e2-medium what Google promises it, one core.
        """
        return _CORES_PER_VCPU[self.runtime] if self.own_cores_per_vcpu is None else self.own_cores_per_vcpu

    @property
    def database(self) -> Path:
        return self.state / "cloud.sqlite3"

    @property
    def authority_bundle(self) -> Path:
        """The certificate authority that clients trust, as REQUESTS_CA_BUNDLE wants it."""
        return self.state / "ca.pem"

    @property
    def operator_key(self) -> Path:
        """The operator's service account key (mode 0600)."""
        return self.state / "keys" / "operator.json"

    @property
    def door_url(self) -> str:
        """What HTTPS_PROXY is set to."""
        return f"http://127.0.0.1:{self.door_port}"

    @property
    def front_end_url(self) -> str:
        """Where a global forwarding rule on port 80 is answered."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ports(self) -> dict[str, int]:
        """Every fixed port by the setting that changes it."""
        return {
            "LOCALCLOUD_HTTP_PORT": self.http_port,
            "LOCALCLOUD_HTTPS_PORT": self.https_port,
            "LOCALCLOUD_DOOR_PORT": self.door_port,
            "LOCALCLOUD_ADMIN_PORT": self.admin_port,
            "LOCALCLOUD_REGISTRY_PORT": self.registry_port,
        }


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from environment variables.

    Raises:
        SettingError: a variable has a bad value, two ports are equal, or a LOCALCLOUD_ variable is unknown.
    """
    unknown = sorted(name for name in environment if name.startswith("LOCALCLOUD_") and name not in _KNOWN)
    if unknown:
        raise SettingError(f"{unknown[0]} is not a setting; use one of {', '.join(sorted(_KNOWN))}")
    settings = Settings(
        state=Path(environment.get("LOCALCLOUD_STATE") or REPOSITORY / ".localcloud").expanduser().resolve(),
        runtime=_choice(environment, "LOCALCLOUD_RUNTIME", "process", tuple(_CORES_PER_VCPU)),
        http_port=_port(environment, "LOCALCLOUD_HTTP_PORT", 8080),
        https_port=_port(environment, "LOCALCLOUD_HTTPS_PORT", 8443),
        door_port=_port(environment, "LOCALCLOUD_DOOR_PORT", 8890),
        admin_port=_port(environment, "LOCALCLOUD_ADMIN_PORT", 8891),
        registry_port=_port(environment, "LOCALCLOUD_REGISTRY_PORT", 8892),
        time_scale=_number(environment, "LOCALCLOUD_TIME_SCALE", 1.0, 0.1, 1000.0),
        operation_latency_seconds=_number(environment, "LOCALCLOUD_OPERATION_LATENCY_SECONDS", 0.0, 0.0, 600.0),
        own_cores_per_vcpu=_number_or_none(environment, "LOCALCLOUD_CORES_PER_VCPU", 0.01, 16.0),
    )
    _refuse_equal_ports(settings)
    return settings


_CORES_PER_VCPU = {"process": 0.25, "vm": 0.5}
_KNOWN = frozenset(
    {
        "LOCALCLOUD_STATE",
        "LOCALCLOUD_RUNTIME",
        "LOCALCLOUD_HTTP_PORT",
        "LOCALCLOUD_HTTPS_PORT",
        "LOCALCLOUD_DOOR_PORT",
        "LOCALCLOUD_ADMIN_PORT",
        "LOCALCLOUD_REGISTRY_PORT",
        "LOCALCLOUD_TIME_SCALE",
        "LOCALCLOUD_OPERATION_LATENCY_SECONDS",
        "LOCALCLOUD_CORES_PER_VCPU",
    }
)


def _refuse_equal_ports(settings: Settings) -> None:
    seen: dict[int, str] = {}
    for name, port in settings.ports.items():
        if port in seen:
            raise SettingError(f"{name} is {port}, which is also {seen[port]}; give them different ports")
        seen[port] = name


def _choice(environment: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = environment.get(name) or default
    if value not in choices:
        raise SettingError(f"{name} is '{value}'; expected {' or '.join(choices)}")
    return value


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    return int(_ranged(environment, name, default, 1024, 65535, int, "a port number"))


def _number(environment: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    return _ranged(environment, name, default, low, high, float, "a number")


def _number_or_none(environment: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    return _number(environment, name, low, low, high) if environment.get(name) else None


def _ranged(
    environment: Mapping[str, str],
    name: str,
    default: float,
    low: float,
    high: float,
    convert: Callable[[str], float],
    noun: str,
) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = convert(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise SettingError(f"{name} is '{text}'; expected {noun} from {low:g} to {high:g}")
    return value
