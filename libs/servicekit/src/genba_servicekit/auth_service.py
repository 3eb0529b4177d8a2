"""The authenticator: accounts, log-ins and API keys of one service, and who is behind a request's credentials.

What has been recognised lately is in memory. Whatever takes something away (a log-out, a role, an account) forgets it
here before it returns, and tells other processes through `announce`, which writes into the same transaction; they pass
what they hear to `forget`.
"""

from collections.abc import Callable
from contextlib import suppress
from time import time
from typing import Final, Literal

import sqlalchemy as sa

from genba_servicekit import auth
from genba_servicekit.auth import ApiKey, AuthTables, Principal, Role, User, Verified
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.database import Database
from genba_servicekit.errors import NotFound, ServiceUnavailable, Unauthorized
from genba_servicekit.passwords import PasswordHasher

Revocation = Literal["session", "account"]
Announce = Callable[[sa.Connection, Revocation, str], None]

_PURGE_MS: Final = 3600 * 1000


class WrongCredentials(Unauthorized):
    """There is no such user, or this is not the password: which of the two is not said."""

    title = "Wrong name or password"


class UnknownAccount(NotFound):
    """There is no such user or API key."""

    title = "No such user or API key"


def _now() -> int:
    return int(time() * 1000)


class Authenticator:
    """Accounts of one service.

    Args:
        database: where they are.
        tables: of `auth_tables`.
        hasher: stopped by whoever made it.
        announce: called inside the transaction of each revocation with `("session", hash of the secret)` or
            `("account", user id)`, so that other processes can be told.
        cache: what is known without I/O.
        clock: Unix milliseconds.
    """

    def __init__(
        self,
        database: Database,
        tables: AuthTables,
        hasher: PasswordHasher,
        *,
        announce: Announce | None = None,
        cache: SessionCache | None = None,
        clock: Callable[[], int] = _now,
    ) -> None:
        self._database = database
        self._tables = tables
        self._hasher = hasher
        self._announce: Announce = announce or (lambda _connection, _kind, _subject: None)
        self._cache = cache if cache is not None else SessionCache()
        self._clock = clock
        self._purge_at = 0

    async def register(self, name: str, password: str, *, role: Role) -> int:
        """Add a user and give its id.

        Raises:
            BadName, BadPassword: not such as can be used.
            NameTaken: there is one of this name.
        """
        auth.check_name(name)
        hashed = await self._hasher.hash(password)

        def create(connection: sa.Connection) -> int:
            return auth.create_user(
                connection, self._tables, name=name, password_hash=hashed, role=role, now=self._clock()
            )

        return await self._database.write(create)

    async def log_in(self, name: str, password: str) -> tuple[str, Principal]:
        """Open a session and give its token (for the cookie) and whose it is.

        Raises:
            WrongCredentials: no such user, not the password, or shut out.
            ServiceUnavailable: too many log-ins wait.
        """
        user = await self._database.read(lambda connection: auth.find_user(connection, self._tables, name))
        right = await self._hasher.verify(None if user is None else user.password_hash, password)
        if user is None or user.disabled or not right:
            raise WrongCredentials
        rehashed = await self._hasher.hash(password) if self._hasher.needs_rehash(user.password_hash) else None
        token = await self._database.write(lambda connection: self._open(connection, user, rehashed))
        if token is None:
            raise WrongCredentials
        return token, Principal(user.id, user.name, user.role, "session")

    def _open(self, connection: sa.Connection, seen: User, rehashed: str | None) -> str | None:
        now = self._clock()
        # The password may have been changed, or its user shut out, since it was looked at.
        user = auth.get_user(connection, self._tables, seen.id)
        if user is None or user.disabled or user.password_hash != seen.password_hash:
            return None
        if rehashed is not None:
            auth.set_password_hash(connection, self._tables, user.id, rehashed)
        if now >= self._purge_at:
            self._purge_at = now + _PURGE_MS
            auth.purge_sessions(connection, self._tables, now=now)
        return auth.create_session(connection, self._tables, user.id, now=now)

    async def log_out(self, token: str) -> None:
        """End a session; one that has ended already is no error."""
        hashed = auth.hash_secret(token)

        def revoke(connection: sa.Connection) -> None:
            if auth.revoke_session(connection, self._tables, hashed):
                self._announce(connection, "session", hashed)

        await self._database.write(revoke)
        self._cache.drop(hashed)

    async def set_password(self, user_id: int, password: str) -> None:
        """Give a user another password and end all sessions, wherever they were opened.

        Raises:
            BadPassword: not one that can be used.
            UnknownAccount: no such user.
        """
        hashed = await self._hasher.hash(password)

        def change(connection: sa.Connection) -> bool:
            auth.revoke_sessions(connection, self._tables, user_id)
            return auth.set_password_hash(connection, self._tables, user_id, hashed)

        await self._change_account(user_id, change)

    async def set_role(self, user_id: int, role: Role) -> None:
        """Give a user another role, which holds from the next request on.

        Raises:
            UnknownAccount: no such user.
        """
        await self._change_account(user_id, lambda connection: auth.set_role(connection, self._tables, user_id, role))

    async def set_disabled(self, user_id: int, *, disabled: bool) -> None:
        """Shut a user out and end all sessions, or let it in again.

        Raises:
            UnknownAccount: no such user.
        """

        def change(connection: sa.Connection) -> bool:
            auth.revoke_sessions(connection, self._tables, user_id)
            return auth.set_disabled(connection, self._tables, user_id, disabled=disabled)

        await self._change_account(user_id, change)

    async def _change_account(self, user_id: int, change: Callable[[sa.Connection], bool]) -> None:
        def changed(connection: sa.Connection) -> None:
            if not change(connection):
                raise UnknownAccount(f"There is no user {user_id}.")
            self._announce(connection, "account", str(user_id))

        await self._database.write(changed)
        self._cache.drop_user(user_id)

    async def create_api_key(self, *, name: str, role: Role, owner_id: int | None) -> tuple[ApiKey, str]:
        """Make an API key and give what is known of it, and the key itself: it is never shown again."""

        def create(connection: sa.Connection) -> tuple[ApiKey, str]:
            if owner_id is not None and auth.get_user(connection, self._tables, owner_id) is None:
                raise UnknownAccount(f"There is no user {owner_id}.")
            return auth.create_api_key(
                connection, self._tables, name=name, role=role, owner_id=owner_id, now=self._clock()
            )

        return await self._database.write(create)

    async def revoke_api_key(self, key_id: int) -> None:
        """Make a key useless.

        Raises:
            UnknownAccount: no such key in use.
        """

        def revoke(connection: sa.Connection) -> str:
            hashed = auth.revoke_api_key(connection, self._tables, key_id, now=self._clock())
            if hashed is None:
                raise UnknownAccount(f"There is no API key {key_id} in use.")
            self._announce(connection, "session", hashed)
            return hashed

        self._cache.drop(await self._database.write(revoke))

    def known(self, secret_hash: str) -> Principal | None:
        """Whose session or API key this is, if that is in memory. No I/O."""
        return self._cache.get(secret_hash, now=self._clock())

    async def recognise(self, secret_hash: str, *, api_key: bool) -> Principal | None:
        """Whose session or API key this is; None if it is nobody's, or no longer."""
        drops = self._cache.drops
        now = self._clock()
        look = auth.api_key_by_hash if api_key else auth.session_by_token

        def verify(connection: sa.Connection) -> Verified | None:
            return look(connection, self._tables, secret_hash, now=now)

        verified = await self._database.read(verify)
        if verified is None:
            return None
        if verified.stale_use:
            with suppress(ServiceUnavailable):  # a full disk keeps nobody out
                await self._database.write(
                    lambda connection: auth.note_use(connection, self._tables, secret_hash, now=now)
                )
        self._cache.put(secret_hash, verified, now=now, drops=drops)
        return verified.principal

    def forget(self, kind: Revocation, subject: str) -> None:
        """Take in what another process announced. From any thread."""
        if kind == "session":
            self._cache.drop(subject)
        else:
            self._cache.drop_user(int(subject))

    def forget_all(self) -> None:
        """Forget everything, where announcements may have been missed."""
        self._cache.clear()
