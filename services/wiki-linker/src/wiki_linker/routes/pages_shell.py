"""What stands around every page, and the templates."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from genba_servicekit.languages import Language
from genba_servicekit.static_files import StaticFiles
from genba_servicekit.templates import Kind, Shell, make_templates
from wiki_linker.core.hrefs import PREFIX, href_of
from wiki_linker.routes.languages import languages


def path_to(page: str, keyword: str) -> str:
    """The path of one of an entry's other pages: `/history/…`, `/edit/…`. As `href_of` writes keywords."""
    return f"/{page}/{href_of(keyword).removeprefix(PREFIX)}"


static_files: Final = StaticFiles(Path(__file__).parent.parent / "static")
templates: Final = make_templates("wiki_linker")
templates.globals.update(static=static_files.path, languages=languages)
templates.filters.update(href=href_of, path_to=lambda keyword, page: path_to(page, keyword))


def render(template: str, language: Language, **values: Any) -> bytes:
    """A template as UTF-8, with the language's words as `t`."""
    return templates.get_template(template).render(t=language, **values).encode()


@lru_cache(maxsize=64)
def shell_of(site: str, language: Language, kind: Kind, *, registration: bool) -> Shell:
    """The frame of the pages of the wiki called `site`."""
    return Shell.cut(templates.get_template("shell.html"), t=language, site=site, kind=kind, registration=registration)
