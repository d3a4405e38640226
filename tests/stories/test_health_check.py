"""gcp_health_check: what an instance is asked, and after how many answers it is believed."""

from __future__ import annotations

from typing import Any


def test_health_check(tell: Any, unique: str) -> None:
    story = tell("gcp_health_check", name=unique)
    story.step(False, state="absent")

    asked = {"port": 5000, "request_path": "/health"}
    wanted: dict[str, Any] = {"type": "HTTP", "http_health_check": asked, "check_interval_sec": 10}
    made = story.step(True, **wanted)
    assert made["resource"]["httpHealthCheck"]["requestPath"] == "/health"
    story.step(False, **wanted)
    story.step(False, timeout_sec=5, healthy_threshold=2, unhealthy_threshold=2, log_config={"enable": False})

    slower = story.step(True, unhealthy_threshold=6)
    assert slower["resource"]["checkIntervalSec"] == 10, "what is left out is left alone"
    assert slower["diff"]["after"].rpartition("unhealthy_threshold")[2].strip() == ": 6"
    moved = story.step(True, http_health_check={"request_path": "/ready", "response": "ready"})
    assert moved["resource"]["httpHealthCheck"]["port"] == 5000
    story.step(True, http_health_check={"response": ""})
    story.step(True, log_config={"enable": True}, description="asks for readiness")

    longer = story.run(timeout_sec=11)
    assert longer["failed"]
    assert "timeoutSec" in longer["msg"]
    story.step(True, state="absent")
    story.step(False, state="absent")
