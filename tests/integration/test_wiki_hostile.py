"""What happens at the same time: no page shows what is no longer so, whoever was faster."""

import asyncio
import threading
from pathlib import Path

from wiki_linker.core.index import LinkView
from wiki_linker.core.pagelinks import PageLinker
from wiki_linker.core.render import Rendered
from wiki_site import at, wiki_site


class Held(PageLinker):
    """Links as the wiki does, but not before it is let go (texts of the keyword `held`)."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def render(self, text: str, keyword: str, view: LinkView) -> Rendered:
        if keyword == "held":
            self.begun.set()
            self.go_on.wait(10)
        return super().render(text, keyword, view)


async def test_a_long_text_that_is_saved_while_another_is_linked_is_shown_as_saved(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("long", "before " * 20_000)
        await site.save("held", "held " * 25_000)
        site.wiki.reading.linker = held = Held()
        reading = asyncio.create_task(site.client.get("/"))
        assert await asyncio.to_thread(held.begun.wait, 10)
        await site.save("long", "after " * 20_000)
        held.go_on.set()
        assert "before" not in (await reading).text
        for path in ("/", at("long")):
            page = (await site.client.get(path)).text
            assert ("after" in page, "before" in page) == (True, False)


async def test_a_session_that_ended_is_shown_no_page_of_another_session_of_the_same_person(tmp_path: Path) -> None:
    async with wiki_site(tmp_path) as site:
        await site.log_in("hanako")
        await site.save("encore", "One more.")
        ended = {"cookie": f"genba_session={site.client.cookies['genba_session']}"}
        site.client.cookies.clear()
        await site.log_in("hanako")
        lasting = {"cookie": f"genba_session={site.client.cookies['genba_session']}"}
        site.client.cookies.clear()

        async def sees_a_name(session: dict[str, str]) -> bool:
            return "isu-account-name" in (await site.client.get("/", headers=session)).text

        assert [await sees_a_name(session) for session in (ended, lasting, ended)] == [True, True, True]
        await site.client.post("/logout", headers=ended)
        assert [await sees_a_name(session) for session in (lasting, ended)] == [True, False]
