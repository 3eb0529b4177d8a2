"""What the server and the commands both are made of: the wiki's storage, and the accounts on it."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from genba_servicekit.auth import Role
from genba_servicekit.database import Database
from genba_servicekit.passwords import PasswordHasher
from genba_servicekit.ratelimit import RateLimiter
from wiki_linker.adapters.identity import wiki_identity
from wiki_linker.adapters.people import People
from wiki_linker.adapters.shared_seq import SharedSeq
from wiki_linker.adapters.store import WikiStore
from wiki_linker.core.live import Committed
from wiki_linker.ports import Freshness
from wiki_linker.settings import WikiSettings
from wiki_linker.usecases.people import Accounts


@dataclass(frozen=True, slots=True)
class Storage:
    """The opened database and what stands on it.

    Attributes:
        database: started.
        identity: the wiki's own, whichever host asks.
        counter: the sequence number that this host's processes share.
        committed: this process's commits, until they are applied.
        store: entries and their log.
    """

    database: Database
    identity: str
    counter: SharedSeq
    committed: Committed
    store: WikiStore


def wiki_database(settings: WikiSettings) -> Database:
    """The wiki's database, not started yet."""
    return Database(settings.database, migrations="wiki_linker.migrations", read_threads=settings.read_threads)


async def open_storage(settings: WikiSettings, database: Database, stack: AsyncExitStack) -> Storage:
    """Start the database and open what stands on it; `stack` closes both.

    Raises:
        DatabaseUnavailable, NewerDatabaseError, OSError: it cannot be opened.
    """
    await database.start()
    stack.push_async_callback(database.stop)
    identity = await wiki_identity(database)
    counter = stack.enter_context(SharedSeq(settings.data_dir / f"wiki-{identity}.seq"))
    committed = Committed()
    return Storage(database, identity, counter, committed, WikiStore(database, counter, committed))


def open_accounts(settings: WikiSettings, storage: Storage, freshness: Freshness, stack: AsyncExitStack) -> Accounts:
    """The people of the wiki; `stack` closes what they need."""
    hasher = PasswordHasher()
    stack.push_async_callback(hasher.stop)
    limiter = RateLimiter(settings.redis_url, "wiki-linker")
    stack.push_async_callback(limiter.close)
    return Accounts(
        People(storage.database, storage.store),
        hasher,
        limiter,
        freshness,
        registration=settings.registration,
        new_user_role=Role(settings.new_user_role),
        account_limit=settings.login_limit_account,
        address_limit=settings.login_limit_address,
    )
