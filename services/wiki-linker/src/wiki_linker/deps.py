"""What routes ask for, by name."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request

from genba_servicekit.auth import Principal, Role
from genba_servicekit.auth_http import Authenticator, Current, require
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


def wiki_of(request: Request) -> Wiki:
    """The running wiki."""
    wiki: Wiki = request.app.state.wiki
    return wiki


def client_address(request: Request) -> str:
    """Where a request comes from, as the server believes it: an IPv6 network of 64 bits, of which people have one."""
    host = request.client.host if request.client is not None else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return host
    return str(address.ipv4_mapped or IPv6Network((address.packed, 64), strict=False))


WikiDep = Annotated[Wiki, Depends(wiki_of)]
Address = Annotated[str, Depends(client_address)]
Reader = Current
Member = Annotated[Principal, Depends(require(Role.READER))]
Editor = Annotated[Principal, Depends(require(Role.EDITOR))]
Admin = Annotated[Principal, Depends(require(Role.ADMIN))]
