"""API keys of the programs that set festivals up. They belong to nobody: this service has no people's accounts."""

import time
from collections.abc import Sequence

from genba_servicekit import auth
from genba_servicekit.auth import ApiKey, Role
from genba_servicekit.database import Database
from timetable_renderer.adapters.schema import auth as tables


class Keys:
    """The keys in the database. Servers believe a revoked one for as long as they remember it, some seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: str, role: Role) -> tuple[ApiKey, str]:
        """Make a key; the secret is given once.

        Raises:
            BadName: not a name that can be used.
        """
        auth.check_name(name)
        now = _now()
        return await self._database.write(
            lambda connection: auth.create_api_key(connection, tables, name=name, role=role, owner_id=None, now=now)
        )

    async def listed(self) -> Sequence[ApiKey]:
        """Every key, oldest first, revoked ones too."""
        return await self._database.read(lambda connection: auth.list_api_keys(connection, tables))

    async def revoke(self, key_id: int) -> bool:
        """Make a key useless; False if there is none of this id in use."""
        now = _now()
        gone = await self._database.write(lambda connection: auth.revoke_api_key(connection, tables, key_id, now=now))
        return gone is not None


def _now() -> int:
    return time.time_ns() // 1_000_000
