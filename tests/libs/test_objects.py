"""Artifacts are kept alike in a folder and in S3: as a whole or not at all."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from genba_servicekit.objects import (
    CHUNK_BYTES,
    FolderStore,
    InvalidKey,
    KeyTaken,
    ObjectNotFound,
    ObjectStore,
    check_key,
    open_store,
)

BIG = bytes(range(256)) * (CHUNK_BYTES // 100)


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    httpx.put(f"{address}/bucket", trust_env=False).raise_for_status()
    yield address
    server.stop()


@pytest.fixture(params=["folder", "s3"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ObjectStore]:
    url = str(tmp_path / "objects")
    if request.param == "s3":
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", request.getfixturevalue("s3_address"))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        url = f"s3://bucket/{tmp_path.name}"
    async with open_store(url) as opened:
        yield opened


async def pieces(data: bytes, size: int = 10_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    return [info.key async for info in store.find(prefix)]


@pytest.mark.parametrize("data", [b"", b"model", BIG])
async def test_what_is_put_is_what_is_got(store: ObjectStore, data: bytes) -> None:
    put = await store.put("models/1/weights.npz", data)
    assert (put.key, put.size, put.sha256) == ("models/1/weights.npz", len(data), hashlib.sha256(data).hexdigest())
    assert await store.get("models/1/weights.npz") == data
    info = await store.info("models/1/weights.npz")
    assert info is not None
    assert (info.size, info.sha256) == (put.size, put.sha256)


async def test_streams_go_in_and_out_in_pieces(store: ObjectStore) -> None:
    put = await store.put("big", pieces(BIG))
    assert put.sha256 == hashlib.sha256(BIG).hexdigest()
    got = [chunk async for chunk in store.stream("big")]
    assert b"".join(got) == BIG
    assert max(map(len, got)) <= CHUNK_BYTES


async def test_the_last_put_counts(store: ObjectStore) -> None:
    await store.put("a", b"old and longer")
    await store.put("a", b"new")
    assert await store.get("a") == b"new"


async def test_a_put_that_breaks_in_the_middle_changes_nothing(store: ObjectStore) -> None:
    async def breaks() -> AsyncIterator[bytes]:
        yield b"half"
        raise OSError("the sender left")

    await store.put("a", b"old")
    for key in ("a", "b"):
        with pytest.raises(OSError, match="the sender left"):
            await store.put(key, breaks())
    assert await keys(store) == ["a"]
    assert await store.get("a") == b"old"


async def test_keys_are_found_in_order_by_their_beginning(store: ObjectStore) -> None:
    for key in ("b", "models/2", "models/10", "models-old/1", "曲/名"):
        await store.put(key, b"x")
    assert await keys(store) == sorted(["b", "models/2", "models/10", "models-old/1", "曲/名"])
    assert await keys(store, "models/") == ["models/10", "models/2"]
    assert await keys(store, "none") == []


async def test_what_is_deleted_is_gone_and_deleting_again_is_no_error(store: ObjectStore) -> None:
    await store.put("models/1", b"x")
    await store.delete("models/1")
    await store.delete("models/1")
    assert await keys(store) == []
    assert await store.info("models/1") is None
    with pytest.raises(ObjectNotFound):
        await store.get("models/1")
    with pytest.raises(ObjectNotFound):
        await anext(store.stream("models"))


async def test_a_key_that_could_lead_elsewhere_is_refused(store: ObjectStore) -> None:
    bad = ["", ".", "..", "../a", "a/../b", "/a", "a/", "a//b", ".hidden", "a\\b", "a\0", "a\n", "\ud800", "x" * 256]
    for key in bad:
        for use in (store.put(key, b"x"), store.get(key), store.info(key), store.delete(key), anext(store.stream(key))):
            with pytest.raises(InvalidKey):
                await use


@given(key=st.text(st.characters(exclude_categories=[]), max_size=30))
def test_no_key_that_is_let_through_leaves_the_folder(key: str) -> None:
    try:
        check_key(key)
    except InvalidKey:
        return
    root = Path("/srv/objects")
    assert (root / key).is_relative_to(root)
    assert ".." not in (root / key).parts
    assert (root / key).relative_to(root).as_posix() == key


def test_a_key_has_at_most_512_bytes() -> None:
    check_key("/".join(["曲" * 85] * 2))
    with pytest.raises(InvalidKey):
        check_key("/".join(["曲" * 85] * 3))


async def test_in_a_folder_a_name_cannot_also_begin_other_names(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    await store.put("a", b"x")
    with pytest.raises(KeyTaken):
        await store.put("a/b", b"x")
    await store.put("c/d", b"x")
    with pytest.raises(KeyTaken):
        await store.put("c", b"x")
    assert await keys(store) == ["a", "c/d"]
    assert not list((tmp_path / ".tmp").iterdir())


async def test_a_folder_may_be_named_by_a_file_url_and_outlives_the_store(tmp_path: Path) -> None:
    async with open_store(f"file://{tmp_path}/objects") as store:
        await store.put("a", b"x")
    async with open_store(f"{tmp_path}/objects") as store:
        assert await store.get("a") == b"x"
