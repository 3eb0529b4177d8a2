"""Stars, and the marks in the change log that tell other processes of sessions and accounts."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from wiki_linker.adapters.entry_rows import append_changes, last_seq, live_entry
from wiki_linker.adapters.schema import stars
from wiki_linker.core.entities import Change, Operation, Stars, UnknownEntry


def stars_of(connection: Connection, entry_ids: Sequence[int]) -> dict[int, Stars]:
    """Who starred each entry, in the order of starring; every id asked for is in the answer."""
    found: dict[int, dict[str, int]] = {entry_id: {} for entry_id in entry_ids}
    rows = connection.execute(
        sa.select(stars.c.entry_id, stars.c.user_name, stars.c.at)
        .where(stars.c.entry_id.in_(entry_ids))
        .order_by(stars.c.seq)
    )
    for entry_id, user, at in rows:
        found[entry_id][user] = at
    return dict(found)


def set_star(connection: Connection, *, keyword: str, user: str, on: bool, now: int) -> Change | None:
    """Give or take back a person's star; None if it was already so.

    Raises:
        UnknownEntry: there is none.
    """
    entry = live_entry(connection, keyword)
    if entry is None:
        raise UnknownEntry(keyword)
    mine = sa.and_(stars.c.entry_id == entry.id, stars.c.user_name == user)
    if (connection.execute(sa.select(stars.c.seq).where(mine)).first() is not None) == on:
        return None
    seq = last_seq(connection) + 1
    if on:
        connection.execute(stars.insert(), {"entry_id": entry.id, "user_name": user, "seq": seq, "at": now})
    else:
        connection.execute(stars.delete().where(mine))
    change = Change(
        seq,
        "star",
        now,
        entry.id,
        entry.keyword,
        entry.aliases,
        entry.revision,
        user,
        live=True,
        note="+" if on else "-",
    )
    append_changes(connection, change)
    return change


def log_account(connection: Connection, *, operation: Operation, subject: str, now: int) -> Change:
    """Tell every process that a session (its token's hash) or an account (its user's id) is not what it was."""
    change = Change(last_seq(connection) + 1, operation, now, 0, "", (), 0, subject, live=False)
    append_changes(connection, change)
    return change
