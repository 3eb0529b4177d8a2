"""API keys of programs, which belong to nobody: for services that have no people's accounts."""

import time
from collections.abc import Sequence

from genba_servicekit import auth
from genba_servicekit.auth import ApiKey, AuthTables, Role
from genba_servicekit.database import Database


class ApiKeys:
    """The keys in a service's database. Servers believe a revoked one for as long as they remember it, some seconds.

    Args:
        database: a started one.
        tables: those of `auth_tables` in it.
    """

    def __init__(self, database: Database, tables: AuthTables) -> None:
        self._database = database
        self._tables = tables

    async def create(self, name: str, role: Role) -> tuple[ApiKey, str]:
        """Make a key; the secret is given once.

        Raises:
            BadName: not a name that can be used.
        """
        auth.check_name(name)
        now = _now()
        return await self._database.write(
            lambda connection: auth.create_api_key(
                connection, self._tables, name=name, role=role, owner_id=None, now=now
            )
        )

    async def listed(self) -> Sequence[ApiKey]:
        """Every key, oldest first, revoked ones too."""
        return await self._database.read(lambda connection: auth.list_api_keys(connection, self._tables))

    async def revoke(self, key_id: int) -> bool:
        """Make a key useless; False if there is none of this id in use."""
        now = _now()
        gone = await self._database.write(
            lambda connection: auth.revoke_api_key(connection, self._tables, key_id, now=now)
        )
        return gone is not None


def _now() -> int:
    return time.time_ns() // 1_000_000
