"""Is it alive, is it ready: `/livez` says that the loop turns, `/readyz` asks everything that is needed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypedDict

from genba_servicekit.errors import ServiceUnavailable
from genba_servicekit.metrics import Metrics

CHECK_TIMEOUT_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    """Something that the service needs.

    Attributes:
        name: as the answer and the metrics call it.
        probe: raises if it is not there, with the reason; what it returns is shown.
        required: without it the service is not ready; or else it serves on, degraded.
    """

    name: str
    probe: Callable[[], Awaitable[Any]]
    required: bool = True


class CheckResult(TypedDict):
    """What a check found; `ms` is how long it took."""

    ok: bool
    required: bool
    ms: float
    detail: str


class Readiness(TypedDict):
    """What `/readyz` says."""

    status: Literal["ready", "degraded", "unready"]
    checks: dict[str, CheckResult]


class Health:
    """Asks all checks at once, each for two seconds at most, and keeps what they said in the metrics."""

    def __init__(self, checks: Sequence[Check], metrics: Metrics, *, timeout: float = CHECK_TIMEOUT_SECONDS) -> None:
        self._checks = tuple(checks)
        self._metrics = metrics
        self._timeout = timeout

    async def readiness(self) -> Readiness:
        """Ask everything now."""
        results = await asyncio.gather(*(self._ask(check) for check in self._checks))
        named = {check.name: result for check, result in zip(self._checks, results, strict=True)}
        missing = [result for result in results if not result["ok"]]
        if any(result["required"] for result in missing):
            return {"status": "unready", "checks": named}
        return {"status": "degraded" if missing else "ready", "checks": named}

    async def require(self) -> Readiness:
        """Ask everything now.

        Raises:
            ServiceUnavailable: something required is away; `detail` says what and why, `checks` holds all results.
        """
        found = await self.readiness()
        if found["status"] == "unready":
            reasons = [
                f"{name}: {result['detail']}"
                for name, result in found["checks"].items()
                if result["required"] and not result["ok"]
            ]
            raise ServiceUnavailable("; ".join(reasons), checks=found["checks"])
        return found

    async def _ask(self, check: Check) -> CheckResult:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                said = await check.probe()
            ok, detail = True, "" if said is None else str(said)
        except TimeoutError:
            ok, detail = False, f"no answer in {self._timeout:g} s"
        except Exception as exc:  # noqa: BLE001  (whatever a probe raises is its reason)
            ok, detail = False, str(exc) or type(exc).__name__
        self._metrics.checks.labels(check.name).set(ok)
        ms = round((time.perf_counter() - started) * 1e3, 1)
        return {"ok": ok, "required": check.required, "ms": ms, "detail": detail}
