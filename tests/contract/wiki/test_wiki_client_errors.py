"""What the client raises where the real wiki refuses: the status's class, with the problem and the request's id."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

import genba_client
from contract.wiki.wiki_world import World, wiki_world
from genba_client import WikiClient
from wiki_helpers import PASSWORD

pytestmark = pytest.mark.anyio

Attempt = Callable[[World, WikiClient], Awaitable[object]]


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with wiki_world(tmp_path_factory.mktemp("wiki"), login_limit_account="3/hour") as made:
        wiki = made.client(made.editor)
        await wiki.save_entry("stage", description="Where it happens.", aliases=["boards"])
        await wiki.save_entry("wings", description="Beside the stage.")
        yield made


async def too_many_attempts(world: World, wiki: WikiClient) -> None:
    for _ in range(4):
        try:
            await world.client().with_options(max_retries=0).log_in("writer", password="wrong")
        except genba_client.PermissionDeniedError:
            continue


async def to_a_key_that_is_unknown(world: World, wiki: WikiClient) -> None:
    await world.client("gk_" + "A" * 43).me()


async def a_list_with_a_cursor_of_another(world: World, wiki: WikiClient) -> None:
    answer = await world.http.get("/v1/entries", params={"cursor": "cjoz"})
    raise genba_client.errors.status_error(answer)


REFUSALS: dict[str, tuple[Attempt, type[genba_client.ApiStatusError], str]] = {
    "bad cursor": (a_list_with_a_cursor_of_another, genba_client.BadRequestError, "bad-request"),
    "nobody": (lambda world, _: world.client().me(), genba_client.AuthenticationError, "unauthorized"),
    "unknown key": (to_a_key_that_is_unknown, genba_client.AuthenticationError, "unauthorized"),
    "a reader writes": (
        lambda world, _: world.client(world.reader).save_entry("x", description="x"),
        genba_client.PermissionDeniedError,
        "forbidden",
    ),
    "an editor gives roles": (
        lambda _, wiki: wiki.set_role("guest", role="admin"),
        genba_client.PermissionDeniedError,
        "forbidden",
    ),
    "wrong password": (
        lambda world, _: world.client().log_in("guest", password="wrong"),
        genba_client.PermissionDeniedError,
        "wrong-login",
    ),
    "no such entry": (lambda _, wiki: wiki.entry("orchestra pit"), genba_client.NotFoundError, "no-such-entry"),
    "no such revision": (
        lambda _, wiki: wiki.revision("stage", number=9),
        genba_client.NotFoundError,
        "no-such-revision",
    ),
    "no such job": (lambda _, wiki: wiki.import_job("0f"), genba_client.NotFoundError, "not-found"),
    "nothing to undelete": (lambda _, wiki: wiki.undelete_entry("pit"), genba_client.NotFoundError, "no-such-entry"),
    "alias of another": (
        lambda _, wiki: wiki.save_entry("wings", description="x", aliases=["boards"]),
        genba_client.ConflictError,
        "keyword-in-use",
    ),
    "keyword of another": (
        lambda _, wiki: wiki.edit_entry("wings", rename_to="stage"),
        genba_client.ConflictError,
        "keyword-in-use",
    ),
    "name taken": (
        lambda world, _: world.client().register("guest", password=PASSWORD),
        genba_client.ConflictError,
        "name-taken",
    ),
    "another state": (
        lambda _, wiki: wiki.save_entry("stage", description="x", if_match='"1.99.0"'),
        genba_client.PreconditionFailedError,
        "entry-changed",
    ),
    "too long a body": (
        lambda _, wiki: wiki.link("あ" * 400_000),
        genba_client.PayloadTooLargeError,
        "payload-too-large",
    ),
    "no keyword is so": (
        lambda _, wiki: wiki.save_entry(" stage", description="x"),
        genba_client.UnprocessableError,
        "unprocessable-content",
    ),
    "too often": (too_many_attempts, genba_client.RateLimitError, "too-many-requests"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refusal_is_typed_and_keeps_the_problem_and_the_request_id(world: World, name: str) -> None:
    attempt, expected, problem_type = REFUSALS[name]
    wiki = world.client(world.editor)
    before = await wiki.stats()
    with pytest.raises(expected) as refused:
        await attempt(world, wiki)
    error = refused.value
    assert type(error) is expected
    assert error.problem is not None
    assert error.problem.type == f"urn:genba:problem:{problem_type}"
    assert error.problem.status == error.status == error.response.status_code
    assert error.problem.title
    assert error.response.headers["content-type"] == "application/problem+json"
    assert error.request_id == error.problem.request_id == error.response.headers["X-Request-ID"]
    assert error.problem.instance == error.request.url.path
    assert await wiki.stats() == before


async def test_who_tries_too_often_hears_when_to_come_back(world: World) -> None:
    with pytest.raises(genba_client.RateLimitError) as refused:
        await too_many_attempts(world, world.client())
    assert refused.value.retry_after is not None
    assert refused.value.retry_after > 0


async def test_an_id_that_is_given_is_the_answers_too(world: World) -> None:
    wiki = WikiClient("http://wiki.test", http_client=world.http, request_id=lambda: "night-42")
    with pytest.raises(genba_client.NotFoundError, match=r"\(request night-42\)") as refused:
        await wiki.entry("nothing")
    assert refused.value.request_id == "night-42"
