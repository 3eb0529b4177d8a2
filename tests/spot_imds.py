"""An instance's metadata service as EC2 has it (version 2), over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

REBALANCE = "/latest/meta-data/events/recommendations/rebalance"
ACTION = "/latest/meta-data/spot/instance-action"


def moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeImds:
    """What an instance is told.

    Attributes:
        says: by path; what is not there is 404.
        tokens: those that are good.
        asked: every request, as (method, path, status).
    """

    address: str = ""
    says: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    def is_instance(self, instance: str, region: str = "us-east-1", zone: str = "use1-az1") -> None:
        base = "/latest/meta-data"
        self.says[f"{base}/instance-id"] = instance
        self.says[f"{base}/placement/region"] = region
        self.says[f"{base}/placement/availability-zone-id"] = zone

    def interrupt(self, at: int) -> None:
        self.says[ACTION] = f'{{"action": "terminate", "time": "{moment(at)}"}}'

    def recommend_rebalance(self, at: int) -> None:
        self.says[REBALANCE] = f'{{"noticeTime": "{moment(at)}"}}'

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                method, path, _ = lines[0].split(" ")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                }
                status, body = self.answer(method, path, headers)
                self.asked.append((method, path, status))
                writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    def answer(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        if method == "PUT" and path == "/latest/api/token":
            if not headers.get("x-aws-ec2-metadata-token-ttl-seconds", "").isdigit():
                return 400, ""
            token = f"token-{len(self.asked)}"
            self.tokens.add(token)
            return 200, token
        if headers.get("x-aws-ec2-metadata-token") not in self.tokens:
            return 401, ""
        return (200, self.says[path]) if path in self.says else (404, "")


@asynccontextmanager
async def fake_imds(instance: str = "i-0001") -> AsyncIterator[FakeImds]:
    """One that listens."""
    fake = FakeImds()
    fake.is_instance(instance)
    server = await asyncio.start_server(fake.handle, "127.0.0.1", 0)
    fake.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield fake
    finally:
        server.close()
