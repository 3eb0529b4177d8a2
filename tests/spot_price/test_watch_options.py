"""What the monitor is told: the command line goes before the environment, that before the file, that before all."""

from pathlib import Path

import pytest

from spot_price.core.records import LINUX
from spot_price.options import Format, OptionError, default_config
from spot_price.watch.options import WATCH, WatchOptions, read_options

SAID = {
    "type": (["p4d.24xlarge"], "g4dn.xlarge, G5.*", '["g6.xlarge"]'),
    "regions": (["us"], "eu-west,ap", '["sa"]'),
    "product": (["Windows"], "RHEL,windows", '"suse"'),
    "window": ("6h", "12h", '"1d"'),
    "auto-refresh": (5.0, "0", "60"),
    "server": ("http://127.0.0.1:1", "http://127.0.0.1:2", '"http://127.0.0.1:3"'),
    "format": ("json", "csv", '"table"'),
}
MEANT = {
    "type": (("p4d.24xlarge",), ("g4dn.xlarge", "g5.*"), ("g6.xlarge",)),
    "regions": (("us",), ("eu-west", "ap"), ("sa",)),
    "product": (("Windows",), ("Red Hat Enterprise Linux", "Windows"), ("SUSE Linux",)),
    "window": (6 * 3600, 12 * 3600, 86_400),
    "auto-refresh": (5.0, 0.0, 60.0),
    "server": ("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3"),
    "format": (Format.JSON, Format.CSV, Format.TABLE),
}


def written(folder: Path, text: str) -> Path:
    path = folder / "spot-price.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("name", [option.name for option in WATCH.options])
def test_each_option_is_taken_from_the_first_that_says_it(name: str, tmp_path: Path) -> None:
    field = name.replace("-", "_")
    line, variable, file = SAID[name]
    config = written(tmp_path, f"[watch]\n{name} = {file}\n")
    environ = {f"SPOT_WATCH_{field.upper()}": variable}
    assert getattr(read_options({name: line}, environ, config), field) == MEANT[name][0]
    assert getattr(read_options({name: None}, environ, config), field) == MEANT[name][1]
    assert getattr(read_options({}, {}, config), field) == MEANT[name][2]
    assert getattr(read_options({}, {"HOME": str(tmp_path)}), field) == getattr(WatchOptions(), field)


def test_the_usual_file_is_read_where_there_is_one_and_another_may_be_named(tmp_path: Path) -> None:
    assert default_config({"HOME": "/home/someone"}) == Path("/home/someone/.config/genba/spot-price.toml")
    usual = default_config({"XDG_CONFIG_HOME": str(tmp_path)})
    usual.parent.mkdir(parents=True)
    usual.write_text('[watch]\nwindow = "2h"\n[launch]\nanything = 1\n', "utf-8")
    assert read_options({}, {"XDG_CONFIG_HOME": str(tmp_path)}).window == 7200
    other = written(tmp_path, '[watch]\nwindow = "4h"\n')
    assert read_options({}, {"XDG_CONFIG_HOME": str(tmp_path), "SPOT_WATCH_CONFIG": str(other)}).window == 14_400


def test_an_empty_variable_and_an_empty_list_say_nothing(tmp_path: Path) -> None:
    options = read_options({"type": [], "regions": []}, {"SPOT_WATCH_WINDOW": "", "HOME": str(tmp_path)})
    assert options == WatchOptions()
    assert options.selection.products == (LINUX,)


@pytest.mark.parametrize(
    ("given", "environ", "words"),
    [
        ({"window": "3 weeks"}, {}, "--window: “3 weeks” is no window"),
        ({}, {"SPOT_WATCH_WINDOW": "91d"}, "SPOT_WATCH_WINDOW: “91d” is no window: it goes from 15m to 90d"),
        ({"auto-refresh": 0.5}, {}, "--auto-refresh: “0.5” is no number of seconds"),
        ({}, {"SPOT_WATCH_AUTO_REFRESH": "soon"}, "SPOT_WATCH_AUTO_REFRESH: “soon” is no number of seconds"),
        ({"auto-refresh": float("nan")}, {}, "is no number of seconds"),
        ({"server": "localhost:8004"}, {}, "--server: “localhost:8004” is no address of a service"),
        ({"product": ["Solaris"]}, {}, "--product: There is no product description “Solaris”"),
        ({"format": "xml"}, {}, "--format: “xml” is no format: table, json, csv"),
        ({"type": [" "]}, {}, "--type: name at least one instance type"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line_with_where_it_was_said(
    given: dict[str, object], environ: dict[str, str], words: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as caught:
        read_options(given, {"HOME": str(tmp_path), **environ})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[watch]\nwindov = 3\n", "there is no option “windov” in [watch]. Did you mean window?"),
        ("[watch]\nwindow = 3\n", "window: “3” is no window"),
        ("[watch]\ntype = 5\n", "type: 5 is no list of names"),
        ("watch = 3\n", "watch is no table"),
        ("[watch\n", "line 1"),
        ("\udcff", "utf-8"),
    ],
)
def test_a_file_that_does_not_fit_is_told_with_its_name(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(OptionError) as caught:
        read_options({}, {}, path)
    assert str(caught.value).startswith(str(path))
    assert words in str(caught.value)


def test_a_file_that_was_named_and_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"none\.toml: No such file"):
        read_options({}, {}, tmp_path / "none.toml")
