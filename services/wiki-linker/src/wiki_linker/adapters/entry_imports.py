"""Many entries in one transaction: a handful of statements for all that are new, one at a time for the rest."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from genba_servicekit.outbox import add as add_to_outbox
from wiki_linker.adapters.entry_rows import append_changes, last_seq, live_entry
from wiki_linker.adapters.entry_writes import save
from wiki_linker.adapters.schema import aliases, entries, outbox, revisions
from wiki_linker.core.commands import Imported, Record, Save
from wiki_linker.core.entities import Change, KeywordTaken
from wiki_linker.events import event_of

_CHUNK = 500  # bound parameters in one IN list


def import_records(connection: Connection, records: Sequence[Record], now: int) -> Imported:
    """Save every record; what reads so already is left alone, so importing twice changes nothing.

    A record whose alias belongs to another entry is refused, and only it.
    """
    done = Imported()
    taken = _surfaces_in_use(connection, records)
    fresh: list[Record] = []
    for place, record in enumerate(records):
        names = {record.keyword, *record.aliases}
        if names.isdisjoint(taken):
            fresh.append(record)
            taken |= names
            continue
        # Someone has one of these names: insert what waits, so that this record sees it, and go through the front door.
        _insert(connection, fresh, now, done)
        fresh = []
        _import_one(connection, place, record, now, done)
        taken |= names
    _insert(connection, fresh, now, done)
    return done


def _surfaces_in_use(connection: Connection, records: Sequence[Record]) -> set[str]:
    """The keywords (deleted ones too: they have a history to go on with) and aliases among the records' names."""
    names = sorted({name for record in records for name in (record.keyword, *record.aliases)})
    found: set[str] = set()
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        found.update(connection.execute(sa.select(entries.c.keyword).where(entries.c.keyword.in_(chunk))).scalars())
        found.update(connection.execute(sa.select(aliases.c.alias).where(aliases.c.alias.in_(chunk))).scalars())
    return found


def _import_one(connection: Connection, place: int, record: Record, now: int, done: Imported) -> None:
    entry = live_entry(connection, record.keyword)
    names = None
    if entry is not None:
        if entry.description == record.description and set(record.aliases) <= set(entry.aliases):
            done.unchanged += 1
            return
        names = tuple({*entry.aliases, *record.aliases})
    elif record.aliases:
        names = record.aliases
    command = Save(record.keyword, record.description, record.author, names)
    savepoint = connection.begin_nested()
    try:
        written = save(connection, command, record.updated_at or now)
    except KeywordTaken as error:
        savepoint.rollback()
        done.refused.append((place, str(error)))
        return
    savepoint.commit()
    done.changes.extend(written.changes)
    if written.created:
        done.created += 1
    else:
        done.updated += 1


def _insert(connection: Connection, records: Sequence[Record], now: int, done: Imported) -> None:
    if not records:
        return
    seq = last_seq(connection)
    rows: list[dict[str, Any]] = [
        {
            "keyword": record.keyword,
            "description": record.description,
            "author": record.author,
            "created_at": record.updated_at or now,
            "updated_at": record.updated_at or now,
            "revision": 1,
            "seq": seq + number,
            "deleted": False,
        }
        for number, record in enumerate(records, start=1)
    ]
    ids = connection.execute(
        entries.insert().returning(entries.c.id, sort_by_parameter_order=True), rows
    ).scalars().all()  # fmt: skip
    new = [
        Change(
            row["seq"], "save", row["updated_at"], entry_id, record.keyword, tuple(sorted(set(record.aliases))), 1,
            record.author, live=True,
        )
        for entry_id, record, row in zip(ids, records, rows, strict=True)
    ]  # fmt: skip
    connection.execute(
        revisions.insert(),
        [
            {
                "entry_id": change.entry_id,
                "number": 1,
                "keyword": change.keyword,
                "description": record.description,
                "author": change.author,
                "at": change.at,
                "operation": "save",
                "summary": "",
            }
            for change, record in zip(new, records, strict=True)
        ],
    )
    names = [{"alias": name, "entry_id": change.entry_id} for change in new for name in change.aliases]
    if names:
        connection.execute(aliases.insert(), names)
    append_changes(connection, *new)
    add_to_outbox(connection, outbox, *map(event_of, new))
    done.created += len(new)
    done.changes.extend(new)
