"""Entries, revisions, changes, jobs and people of the core as the contracts say them."""

from genba_contracts import wiki as contracts
from genba_servicekit.answers import moment
from genba_servicekit.auth import ApiKey, User
from wiki_linker.core.entities import Change, Entry, Revision
from wiki_linker.core.entrycache import Kept
from wiki_linker.core.hrefs import href_of
from wiki_linker.core.imports import Job
from wiki_linker.routes.answers import entry_tag
from wiki_linker.usecases.reading import Difference


def summary(kept: Kept) -> contracts.EntrySummary:
    """An entry in a list."""
    entry = kept.entry
    return contracts.EntrySummary(
        keyword=entry.keyword,
        author=entry.author,
        created_at=moment(entry.created_at),
        updated_at=moment(entry.updated_at),
        revision=entry.revision,
        seq=entry.seq,
        aliases=entry.aliases,
        stars=len(kept.stars),
        url=href_of(entry.keyword),
    )


def entry(kept: Kept, html: str | None = None) -> contracts.Entry:
    """An entry with its text."""
    head = summary(kept)
    # With the text itself: a wiki that was put back from a copy gives out the same numbers again.
    shown = f"{kept.entry.seq} {len(kept.stars)} {kept.entry.aliases} {kept.entry.description}\0{html}"
    return contracts.Entry(
        **dict(head),
        description=kept.entry.description,
        etag=entry_tag(kept.entry, shown),
        html=html,
    )


def written(saved: Entry) -> contracts.Entry:
    """An entry as it was just written."""
    return entry(Kept(saved, {}))


def revision(found: Revision, *, text: bool) -> contracts.Revision:
    """One revision, with its text or without."""
    return contracts.Revision(
        number=found.number,
        keyword=found.keyword,
        description=found.description if text else None,
        author=found.author,
        at=moment(found.at),
        operation=found.operation if found.operation in _SHOWN else "save",
        summary="" if found.operation == "rename" else found.summary,
    )


_SHOWN = {"save", "delete", "undelete", "rename", "alias", "star"}


def difference(found: Difference) -> contracts.RevisionDiff:
    """How one revision differs from another."""
    return contracts.RevisionDiff(
        keyword=found.new.keyword,
        against=found.old.number,
        number=found.new.number,
        lines=[
            contracts.DiffLine(
                operation=line.operation,
                text=line.text,
                old_number=line.old_number,
                new_number=line.new_number,
                spans=[contracts.DiffSpan(start=start, end=end) for start, end in line.spans],
            )
            for line in found.diff.lines
        ],
        inserted=found.diff.inserted,
        deleted=found.diff.deleted,
    )


def change(found: Change) -> contracts.Change:
    """One row of the change log."""
    return contracts.Change(
        seq=found.seq,
        operation=found.operation if found.operation in _SHOWN else "save",
        at=moment(found.at),
        keyword=found.keyword,
        previous_keyword=found.note if found.operation == "rename" else None,
        aliases=found.aliases,
        revision=found.revision,
        author=found.author,
        live=found.live,
    )


def job(found: Job) -> contracts.ImportJob:
    """An import job."""
    return contracts.ImportJob(
        id=found.id,
        format=found.format,
        state=found.state,
        created_at=moment(found.created_at),
        finished_at=None if found.finished_at is None else moment(found.finished_at),
        counts=contracts.ImportCounts(
            created=found.created,
            updated=found.updated,
            unchanged=found.unchanged,
            rejected=found.rejected_count,
        ),
        rejected=[contracts.RejectedLine(line=line, reason=reason) for line, reason in found.rejected],
        error=found.error,
    )


def user(found: User) -> contracts.User:
    """A person."""
    return contracts.User(name=found.name, role=found.role.value, created_at=moment(found.created_at))


def api_key(found: ApiKey) -> contracts.ApiKey:
    """An API key without its secret."""
    return contracts.ApiKey(
        id=found.id,
        name=found.name,
        prefix=found.prefix,
        role=found.role.value,
        created_at=moment(found.created_at),
        last_used_at=None if found.last_used_at is None else moment(found.last_used_at),
    )
