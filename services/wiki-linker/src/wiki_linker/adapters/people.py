"""Users, sessions and API keys in the wiki's database. What is revoked is told in the change log, to every process."""

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit import auth
from genba_servicekit.auth import SESSION_LIFETIME_MS, ApiKey, Role, User
from genba_servicekit.database import Database
from wiki_linker.adapters import marks
from wiki_linker.adapters.schema import auth as tables
from wiki_linker.adapters.store import Outcome, WikiStore, now_ms
from wiki_linker.core.entities import OpenedSession


class People:
    """Fulfils `ports.PeopleStore`."""

    def __init__(self, database: Database, store: WikiStore) -> None:
        self._database = database
        self._store = store

    async def find(self, name: str) -> User | None:
        """The user of exactly this name."""
        return await self._database.read(lambda connection: auth.find_user(connection, tables, name))

    async def create(self, name: str, password_hash: str, role: Role) -> User:
        """Add a user.

        Raises:
            BadName: not a name that a user may have.
            NameTaken: there is one of this name.
        """
        now = now_ms()

        def perform(connection: Connection) -> User:
            user_id = auth.create_user(connection, tables, name=name, password_hash=password_hash, role=role, now=now)
            return User(user_id, name, password_hash, role, now, disabled=False)

        return await self._database.write(perform)

    async def set_role(self, name: str, role: Role) -> bool:
        """Give a user another role; whether there is such a user."""
        now = now_ms()

        def perform(connection: Connection) -> Outcome[bool]:
            user = auth.find_user(connection, tables, name)
            if user is None:
                return Outcome(False, ())
            auth.set_role(connection, tables, user.id, role)
            change = marks.log_account(connection, operation="account", subject=str(user.id), now=now)
            return Outcome(True, (change,))

        return await self._store.change(perform)

    async def set_password_hash(self, user_id: int, password_hash: str) -> None:
        """Keep another hash of the same password."""
        await self._database.write(
            lambda connection: auth.set_password_hash(connection, tables, user_id, password_hash)
        )

    async def open_session(self, user_id: int) -> OpenedSession:
        """Open a session; sessions that have ended make room."""
        now = now_ms()

        def perform(connection: Connection) -> OpenedSession:
            auth.purge_sessions(connection, tables, now=now)
            return OpenedSession(auth.create_session(connection, tables, user_id, now=now), now + SESSION_LIFETIME_MS)

        return await self._database.write(perform)

    async def end_session(self, token: str) -> bool:
        """End a session, everywhere at once; whether there was one."""
        now = now_ms()
        token_hash = auth.hash_secret(token)

        def perform(connection: Connection) -> Outcome[bool]:
            if not auth.revoke_session(connection, tables, token_hash):
                return Outcome(False, ())
            change = marks.log_account(connection, operation="session", subject=token_hash, now=now)
            return Outcome(True, (change,))

        return await self._store.change(perform)

    async def create_key(self, *, name: str, role: Role, owner_id: int | None) -> tuple[ApiKey, str]:
        """Make an API key; the secret is given once."""
        now = now_ms()
        return await self._database.write(
            lambda connection: auth.create_api_key(connection, tables, name=name, role=role, owner_id=owner_id, now=now)
        )

    async def keys(self, owner_id: int) -> list[ApiKey]:
        """The keys of one owner that are in use, oldest first."""
        found = await self._database.read(lambda connection: auth.list_api_keys(connection, tables, owner_id=owner_id))
        return [key for key in found if key.revoked_at is None]

    async def revoke_key(self, key_id: int, *, owner_id: int | None) -> bool:
        """Make a key of this owner (None: of anybody) useless, everywhere at once; whether there was one."""
        now = now_ms()

        def perform(connection: Connection) -> Outcome[bool]:
            mine = sa.select(tables.api_keys.c.id).where(tables.api_keys.c.id == key_id)
            if owner_id is not None:
                mine = mine.where(tables.api_keys.c.owner_id == owner_id)
            if connection.execute(mine).first() is None:
                return Outcome(False, ())
            key_hash = auth.revoke_api_key(connection, tables, key_id, now=now)
            if key_hash is None:
                return Outcome(False, ())
            change = marks.log_account(connection, operation="session", subject=key_hash, now=now)
            return Outcome(True, (change,))

        return await self._store.change(perform)
