"""Schemathesis calls every operation of a running wiki with what its document allows, and with what it does not.

What is checked, and the few exceptions with their reasons, stand in schemathesis.toml.
"""

import asyncio
from pathlib import Path

import pytest

from contract.fuzzing import fuzz
from contract.wiki.wiki_world import ADMIN, fill, wiki_server
from genba_client import WikiClient
from wiki_helpers import PASSWORD

HERE = Path(__file__).parent
OTHER_KEYS = 50
"""Made before the fuzzer's own, so that it revokes these where it tries small numbers."""


async def fuzzers_key(url: str) -> str:
    """A key of an administrator, in a wiki that has what the document's examples speak of."""
    async with WikiClient(url) as wiki:
        await wiki.log_in(ADMIN, password=PASSWORD)
        await fill(wiki)
        for _ in range(OTHER_KEYS):
            await wiki.create_api_key("another", role="reader")
        return (await wiki.create_api_key("fuzzer", role="admin")).key


@pytest.mark.timeout(300)
def test_every_operation_does_what_its_document_says(tmp_path: Path) -> None:
    with wiki_server(tmp_path / "data") as server:
        key = asyncio.run(fuzzers_key(server.url))
        fuzz(server.url, HERE, key=key, working=tmp_path)
