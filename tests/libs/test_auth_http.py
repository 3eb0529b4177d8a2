"""Who sends a request, over a real application: cookies, API keys, roles, and what OpenAPI says of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request, Response

from genba_servicekit import auth
from genba_servicekit.auth import Principal, Role, auth_tables, hash_secret
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.auth_http import (
    Authenticator,
    Current,
    client_address,
    require,
)
from genba_servicekit.database import Database
from genba_servicekit.docs import complete_schema
from genba_servicekit.errors import ProblemError, problem_response

HOUR = 3600 * 1000
metadata = sa.MetaData()
tables = auth_tables(metadata)


@dataclass
class Clock:
    now: int = 1_760_000_000_000

    def __call__(self) -> int:
        return self.now


@dataclass
class House:
    """A service with two routes and what it keeps."""

    database: Database
    authenticator: Authenticator
    clock: Clock
    app: FastAPI
    user_id: int = field(default=0)

    def client(self, scheme: str = "http", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://genba.test", headers=headers)

    async def session(self) -> str:
        return await self.database.write(
            lambda connection: auth.create_session(connection, tables, self.user_id, now=self.clock.now, lifetime=HOUR)
        )

    async def key(self, role: Role) -> tuple[int, str]:
        made, key = await self.database.write(
            lambda connection: auth.create_api_key(
                connection, tables, name="robot", role=role, owner_id=self.user_id, now=self.clock.now
            )
        )
        return made.id, key


def who_of(request: Request) -> Authenticator:
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator


def make_app() -> FastAPI:
    app = FastAPI()

    @app.exception_handler(ProblemError)
    async def say(_request: Request, exc: Exception) -> Response:
        assert isinstance(exc, ProblemError)
        return problem_response(exc)

    @app.get("/me")
    async def me(who: Current) -> dict[str, Any]:
        return {"name": who.name, "role": who.role, "via": who.via}

    @app.get("/edit")
    async def edit(who: Annotated[Principal, Depends(require("editor"))]) -> str:
        return who.name

    @app.delete("/everything", dependencies=[Depends(require(Role.ADMIN))])
    async def everything() -> str:
        return "gone"

    @app.post("/in/{token}")
    async def log_in(token: str, request: Request, response: Response) -> None:
        who_of(request).set_cookie(response, request.scope, token)

    @app.post("/out")
    async def log_out(request: Request, response: Response) -> str | None:
        who_of(request).clear_cookie(response, request.scope)
        return who_of(request).session_token(request.scope)

    return app


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    database = Database(f"sqlite:///{tmp_path}/house.db", migrations=None)
    await database.start()
    await database.write(metadata.create_all)
    clock = Clock()
    authenticator = Authenticator(database, tables, SessionCache(), cookie="house_session", clock=clock)
    house = House(database, authenticator, clock, make_app())
    house.app.state.authenticator = house.authenticator
    house.user_id = await database.write(
        lambda connection: auth.create_user(
            connection, tables, name="hana", password_hash="", role=Role.EDITOR, now=clock.now
        )
    )
    yield house
    await database.stop()


@asynccontextmanager
async def no_reads(house: House) -> AsyncIterator[None]:
    """Sees that the database is left alone."""
    before = house.database.stats().reads
    yield
    assert house.database.stats().reads == before


ANYBODY = {"name": "", "role": "reader", "via": "anonymous"}
HANA = {"name": "hana", "role": "editor", "via": "session"}


async def test_without_credentials_one_is_an_anonymous_reader_and_nothing_is_looked_up(house: House) -> None:
    async with house.client() as client, no_reads(house):
        assert (await client.get("/me")).json() == ANYBODY
        refused = await client.get("/edit")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert refused.json()["status"] == 401


async def test_a_session_cookie_says_who_it_is_and_is_looked_up_once(house: House) -> None:
    async with house.client(cookie=f"other=1; house_session={await house.session()}; more=2") as client:
        assert (await client.get("/me")).json() == HANA
        async with no_reads(house):
            assert (await client.get("/me")).json() == HANA
            assert (await client.get("/edit")).json() == "hana"
            assert (await client.delete("/everything")).status_code == 403


@pytest.mark.parametrize(
    "cookie",
    ["house_session=", "house_session=short", "house_session=" + "x" * 4000, "house_session=" + "é" * 43, "=;;=,"],
)
async def test_a_cookie_that_cannot_be_a_session_is_nobodys_and_costs_no_look(house: House, cookie: str) -> None:
    async with house.client() as client, no_reads(house):
        answer = await client.get("/me", headers=[(b"cookie", cookie.encode())])
    assert answer.json() == ANYBODY


async def test_an_unknown_or_ended_session_is_anonymous(house: House) -> None:
    token = await house.session()
    async with house.client(cookie=f"house_session={token}") as client:
        assert (await client.get("/me")).json() == HANA
        house.clock.now += HOUR
        assert (await client.get("/me")).json() == ANYBODY
    async with house.client(cookie=f"house_session={'x' * 43}") as client:
        assert (await client.get("/me")).json() == ANYBODY


async def test_a_session_that_was_revoked_and_dropped_is_anonymous_at_once(house: House) -> None:
    token = await house.session()
    async with house.client(cookie=f"house_session={token}") as client:
        assert (await client.get("/me")).json() == HANA
        await house.database.write(lambda connection: auth.revoke_session(connection, tables, hash_secret(token)))
        house.authenticator.cache.drop(hash_secret(token))
        assert (await client.get("/me")).json() == ANYBODY


async def test_another_role_holds_from_the_next_request_on(house: House) -> None:
    async with house.client(cookie=f"house_session={await house.session()}") as client:
        assert (await client.delete("/everything")).status_code == 403
        await house.database.write(lambda connection: auth.set_role(connection, tables, house.user_id, Role.ADMIN))
        house.authenticator.cache.drop_user(house.user_id)
        assert (await client.delete("/everything")).json() == "gone"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER "])
async def test_an_api_key_acts_for_its_owner(house: House, scheme: str) -> None:
    _, key = await house.key(Role.READER)
    async with house.client(authorization=f"{scheme} {key}") as client:
        assert (await client.get("/me")).json() == {"name": "hana", "role": "reader", "via": "api_key"}
        async with no_reads(house):
            forbidden = await client.get("/edit")
    assert forbidden.status_code == 403
    assert "editor" in forbidden.json()["detail"]


async def test_a_keys_use_is_noted(house: House) -> None:
    _, key = await house.key(Role.READER)
    async with house.client(authorization=f"Bearer {key}") as client:
        await client.get("/me")
    (listed,) = await house.database.read(lambda connection: auth.list_api_keys(connection, tables))
    assert listed.last_used_at == house.clock.now


@pytest.mark.parametrize("key", ["gk_" + "x" * 43, "nonsense", "gk_", "gk_" + "x" * 4000])
async def test_a_key_that_does_not_hold_is_said_to_be_so_even_where_nobody_need_be_known(
    house: House, key: str
) -> None:
    async with house.client(authorization=f"Bearer {key}", cookie=f"house_session={await house.session()}") as client:
        refused = await client.get("/me")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_a_session_is_no_key_and_a_key_is_no_session(house: House) -> None:
    token, (_, key) = await house.session(), await house.key(Role.EDITOR)
    for _ in range(2):  # the second time both are remembered
        async with house.client(cookie=f"house_session={token}") as client:
            assert (await client.get("/me")).json() == HANA
        async with house.client(authorization=f"Bearer {token}") as client:
            assert (await client.get("/me")).status_code == 401
        async with house.client(authorization=f"Bearer {key}") as client:
            assert (await client.get("/me")).json()["via"] == "api_key"
        async with house.client(cookie=f"house_session={key}") as client:
            assert (await client.get("/me")).json() == ANYBODY


async def test_other_kinds_of_authorization_are_not_ours(house: House) -> None:
    async with house.client(
        authorization="Basic aGFuYTpoYW5h", cookie=f"house_session={await house.session()}"
    ) as client:
        assert (await client.get("/me")).json() == HANA


async def test_what_memory_knows_is_told_without_waiting(house: House) -> None:
    token = await house.session()
    scope = {"scheme": "http", "headers": [(b"cookie", f"house_session={token}".encode())]}
    assert house.authenticator.peek({"scheme": "http", "headers": []}) == auth.ANONYMOUS
    assert house.authenticator.peek(scope) is None
    who = await house.authenticator.principal(scope)
    assert house.authenticator.peek(scope) == who
    assert house.authenticator.peek({"scheme": "http", "headers": [(b"authorization", b"Bearer nonsense")]}) is None


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    token = await house.session()
    async with house.client() as client:
        cookie = (await client.post(f"/in/{token}")).headers["set-cookie"]
        assert cookie.startswith(f"house_session={token};")
        assert {part.strip() for part in cookie.split(";")[1:]} == {
            "HttpOnly",
            "Max-Age=2592000",
            "Path=/",
            "SameSite=lax",
        }
        assert (await client.get("/me")).json() == HANA
        answer = await client.post("/out")
        assert answer.json() == token
        assert (await client.get("/me")).json() == ANYBODY


async def test_over_https_the_cookie_is_bound_to_this_host(house: House) -> None:
    token = await house.session()
    async with house.client("https") as client:
        cookie = (await client.post(f"/in/{token}")).headers["set-cookie"]
        assert cookie.startswith(f"__Host-house_session={token};")
        assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Domain" not in cookie
        assert (await client.get("/me")).json() == HANA
        assert "Secure" in (await client.post("/out")).headers["set-cookie"]
    async with house.client("https", cookie=f"house_session={token}") as client:
        assert (await client.get("/me")).json() == ANYBODY


async def test_openapi_names_both_ways_on_every_route_that_looks_at_who_asks(house: House) -> None:
    document = house.app.openapi()
    complete_schema(document, session_cookie="house_session")
    schemes = document["components"]["securitySchemes"]
    assert "`__Host-house_session`" in schemes["session"]["description"]
    assert schemes["session"] | {"description": ""} == {
        "type": "apiKey",
        "in": "cookie",
        "name": "house_session",
        "description": "",
    }
    assert (schemes["api_key"]["type"], schemes["api_key"]["scheme"]) == ("http", "bearer")
    for path, method in (("/me", "get"), ("/edit", "get"), ("/everything", "delete")):
        assert {"session": []} in document["paths"][path][method]["security"]
        assert {"api_key": []} in document["paths"][path][method]["security"]
    assert "security" not in document["paths"]["/out"]["post"]


async def test_another_service_on_the_same_machine_has_a_cookie_of_its_own(house: House) -> None:
    """A browser sends a host's cookies to all of its ports."""
    neighbour = Authenticator(house.database, tables, SessionCache(), cookie="neighbour_session", clock=house.clock)
    scope = {"scheme": "http", "headers": []}
    response = Response()
    neighbour.set_cookie(response, scope, await house.session())
    theirs = response.headers["set-cookie"].partition(";")[0]
    async with house.client(cookie=f"{theirs}; house_session={await house.session()}") as client:
        assert (await client.get("/me")).json() == HANA
    async with house.client(cookie=theirs) as client:
        assert (await client.get("/me")).json() == ANYBODY


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("unix", "unix"),
    ],
)
def test_who_has_a_network_of_addresses_counts_as_one(host: str, network: str) -> None:
    assert client_address(Request({"type": "http", "client": (host, 1), "headers": []})) == network
