"""The REST API: every router, in the order of the docs page."""

from typing import Final

from wiki_linker.routes import api_accounts, api_bulk, api_changes, api_entries, api_history, api_links, api_search

TAGS: Final = (
    {"name": "entries", "description": "Entries, their aliases and their stars."},
    {"name": "history", "description": "Every state that an entry was in: compare, restore."},
    {"name": "links", "description": "Any text with its mentions as links; what links where; the spam check."},
    {"name": "search", "description": "Full text by substring, in any language."},
    {"name": "changes", "description": "The log of everything that happened, as pages and as a stream."},
    {"name": "bulk", "description": "Import and export: NDJSON, MediaWiki dumps."},
    {"name": "accounts", "description": "People, their sessions, and the API keys of programs."},
)
ROUTERS: Final = (
    api_entries.router,
    api_history.router,
    api_links.router,
    api_search.router,
    api_changes.router,
    api_bulk.router,
    api_accounts.router,
)
