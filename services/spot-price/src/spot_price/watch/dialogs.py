"""What opens above the monitor: the keys, a line's details, the types, the filter."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from spot_price.watch import palette
from spot_price.watch.keys import KEYS

SHOWN_TYPES: Final = 40
AROUND: Final = 7
"""Cells of a box beside its text: its border, its padding, a scroll bar."""
_CLOSE: Final[list[BindingType]] = [Binding("escape,q,enter,question_mark", "close", show=False)]


class Told(ModalScreen[None]):
    """Something to read, until a key closes it."""

    DEFAULT_CSS = f"""
    Told {{ align: center middle; background: #000000 60%; }}
    Told > .box {{
        max-width: 96%; height: auto; max-height: 96%; padding: 0 2;
        background: {palette.BAR}; border: round {palette.FAINT}; color: {palette.TEXT};
    }}
    Told > .box > Static {{ width: 100%; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = _CLOSE

    def __init__(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._rows = title, rows

    def compose(self) -> ComposeResult:
        """A table of two columns."""
        left = max(len(name) for name, _ in self._rows)
        text = Text("\n").join(Text.assemble((f"{name:<{left}}  ", palette.WARNING), what) for name, what in self._rows)
        with VerticalScroll(classes="box") as box:
            box.border_title = self._title
            box.styles.width = max(line.cell_len for line in text.split()) + AROUND
            yield Static(text)

    def action_close(self) -> None:
        """Go back to the monitor."""
        self.dismiss(None)


def help_screen() -> Told:
    """Every key."""
    return Told("keys", [(key.shown, key.help) for key in KEYS])


class Asked(ModalScreen[str | None]):
    """A line to write; `enter` gives it, `esc` gives None.

    Args:
        title: what is asked.
        text: what stands there at first.
        known: words that it may be made of; those that the last word begins are listed.
    """

    DEFAULT_CSS = f"""
    Asked {{ align: center bottom; background: #000000 30%; }}
    Asked > .box {{ height: auto; width: 100%; background: {palette.BAR}; border: round {palette.FAINT}; }}
    Asked Input {{ border: none; height: 1; padding: 0; background: {palette.BAR}; color: {palette.TEXT}; }}
    Asked .near {{ height: auto; max-height: 2; color: {palette.FAINT}; }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]

    def __init__(self, title: str, text: str, known: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._text, self._known = title, text, known

    def compose(self) -> ComposeResult:
        """The line, and what it may be made of."""
        with Vertical(classes="box") as box:
            box.border_title = self._title
            yield Input(self._text, select_on_focus=False)
            if self._known:
                yield Static(self._near(self._text), classes="near")

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what fits."""
        for near in self.query(".near").results(Static):
            near.update(self._near(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Give what was written."""
        self.dismiss(event.value.strip())

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def _near(self, text: str) -> Text:
        last = text.replace(",", " ").rpartition(" ")[2].lower()
        if last in self._known:
            last = ""
        fit = [name for name in self._known if name.startswith(last)] or [name for name in self._known if last in name]
        return Text("  ".join(fit[:SHOWN_TYPES]), no_wrap=False)
