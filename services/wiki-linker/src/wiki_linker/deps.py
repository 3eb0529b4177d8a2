"""What routes ask for, by name."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from genba_servicekit.auth_http import Authenticator
from wiki_linker.settings import WikiSettings
from wiki_linker.usecases.importing import Importing
from wiki_linker.usecases.linking import Linking
from wiki_linker.usecases.people import Accounts
from wiki_linker.usecases.reading import Reading
from wiki_linker.usecases.searching import Searching
from wiki_linker.usecases.writing import Writing


@dataclass(frozen=True, slots=True)
class Wiki:
    """The running wiki: its use cases, put together in `app.py`."""

    settings: WikiSettings
    authenticator: Authenticator
    accounts: Accounts
    reading: Reading
    writing: Writing
    searching: Searching
    linking: Linking
    importing: Importing


async def wiki_of(request: Request) -> Wiki:
    """The running wiki."""
    wiki: Wiki = request.app.state.wiki
    return wiki


WikiDep = Annotated[Wiki, Depends(wiki_of)]
