"""Every key of the monitor: what it is called, what it does."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Key:
    """Some keys that do one thing.

    Attributes:
        keys: as Textual calls them.
        shown: as people call them.
        action: the application's method `action_…`, with its arguments.
        help: what they do.
    """

    keys: str
    shown: str
    action: str
    help: str


KEYS: Final = (
    Key("plus,equals_sign", "+", "zoom(-1)", "nearer; the bottom stays"),
    Key("minus", "-", "zoom(1)", "farther; the bottom stays"),
    Key("up,ctrl+p", "↑ ctrl-p", "shift(1)", "the band up, to dearer prices"),
    Key("down,ctrl+n", "↓ ctrl-n", "shift(-1)", "the band down, to cheaper prices"),
    Key("left", "←", "move(-1)", "earlier"),
    Key("right", "→", "move(1)", "later, at most until now"),
    Key("left_square_bracket", "[", "window(-1)", "a shorter window, down to 15 minutes"),
    Key("right_square_bracket", "]", "window(1)", "a longer window, up to 90 days"),
    Key("0,home", "0 home", "first", "the first view: the band near the lowest price, until now"),
    Key("g", "g", "log", "log scale, and back"),
    Key("r", "r", "refresh", "look again now"),
    Key("a", "a", "auto", "look again by itself, and stop that"),
    Key("t", "t", "types", "choose instance types"),
    Key("slash", "/", "filter", "show zones, regions and types with some text in their name alone"),
    Key("j,n", "j n", "choose(1)", "the next line of the legend"),
    Key("k,p", "k p", "choose(-1)", "the line before"),
    Key("pagedown", "page down", "choose(10)", "ten lines on"),
    Key("pageup", "page up", "choose(-10)", "ten lines back"),
    Key("enter", "enter", "details", "all about the chosen line"),
    Key("e", "e", "export", "write what is seen into a CSV file, which `spot-price import` reads"),
    Key("question_mark,f1", "? F1", "help", "this list"),
    Key("q,escape,ctrl+c", "q esc ctrl-c", "leave", "leave; esc closes what is open first"),
)
"""In the order of the help."""
