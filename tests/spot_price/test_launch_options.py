"""What the launcher is told: in three ways, checked, one line for what does not fit."""

from pathlib import Path

import pytest

from spot_price.core.controlling import Budget, Rules
from spot_price.core.jobs import UBUNTU
from spot_price.launch.options import LAUNCH, LaunchOptions, Printed, read_options
from spot_price.options import OptionError

AMI = "ami-0123456789abcdef0"
MEANT = {  # by option: what the environment says, what the file says, what both mean
    "command": ("python train.py 'a b'", '["python", "train.py", "a b"]', ("python", "train.py", "a b")),
    "name": ("faces", '"faces"', "faces"),
    "store": ("s3://mine/jobs/", '"s3://mine/jobs"', "s3://mine/jobs"),
    "code": ("/somewhere", '"/somewhere"', Path("/somewhere")),
    "install": ("-r requirements.txt", '["-r requirements.txt"]', ("-r", "requirements.txt")),
    "type": ("g5.xlarge,G6.*", '["g5.xlarge", "g6.*"]', ("g5.xlarge", "g6.*")),
    "regions": ("us,eu-west", '["us", "eu-west"]', ("us", "eu-west")),
    "product": ("rhel", '"RHEL"', "Red Hat Enterprise Linux"),
    "subnet": ("subnet-12345678,subnet-0123456789abcdef0", '["subnet-12345678", "subnet-0123456789abcdef0"]', None),
    "server": ("http://127.0.0.1:8004", '"http://127.0.0.1:8004"', "http://127.0.0.1:8004"),
    "max-price": ("0.65", "0.65", 0.65),
    "budget": ("5", "5", 5.0),
    "budget-hourly": ("0.5", "0.5", 0.5),
    "budget-time": ("1h30m", '"90m"', 5400),
    "move-for": ("25", "25", 0.25),
    "image": (f"eu-west-1={AMI},ssm:/mine", f'{{eu-west-1 = "{AMI}", "" = "ssm:/mine"}}', None),
    "instance-profile": ("genba-job", '"genba-job"', "genba-job"),
    "security-group": ("sg-12345678", '["sg-12345678"]', ("sg-12345678",)),
    "key-name": ("my key", '"my key"', "my key"),
    "disk": ("100", "100", 100),
    "tag": ("team=vision,cost=a=b", '{team = "vision", cost = "a=b"}', {"team": "vision", "cost": "a=b"}),
    "user-data": ("/mine.yaml", '"/mine.yaml"', Path("/mine.yaml")),
    "every": ("10s", '"10s"', 10.0),
    "format": ("json", '"json"', Printed.JSON),
}


@pytest.mark.parametrize("option", LAUNCH.options, ids=lambda option: option.name)
def test_each_option_means_the_same_in_the_environment_and_in_the_file(option, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    variable, written, meant = MEANT[option.name]
    config = tmp_path / "mine.toml"
    config.write_text(f"[launch]\n{option.name} = {written}\n", "utf-8")
    by_variable = read_options({}, {LAUNCH.variable(option): variable, "HOME": str(tmp_path)})
    by_file = read_options({}, {}, config)
    assert by_variable == by_file
    assert by_file != LaunchOptions()
    if meant is not None:
        assert getattr(by_file, option.field) == meant
    assert read_options({option.name: variable}, {}, config) == by_file


def test_images_may_be_told_by_region() -> None:
    options = read_options({"image": [f"eu-west-1={AMI}", "ssm:/mine"]}, {})
    assert options.image == {"eu-west-1": AMI, "": "ssm:/mine"}
    assert LaunchOptions().image == {"": UBUNTU}


def test_rules_and_selection_are_what_was_told() -> None:
    told = {"budget": "5", "budget-hourly": "1", "budget-time": "2h", "move-for": "20", "type": ["g5.*"]}
    options = read_options(told, {})
    assert options.rules == Rules(0.2, Budget(5.0, 1.0, 7200))
    assert (options.selection.types, options.selection.regions) == (("g5.*",), ())


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("name", "Faces!", "'Faces!' is no name for a job"),
        ("name", 5, "5 is no name for a job"),
        ("store", "mine/jobs", "is no place in S3"),
        ("store", "s3://UPPER/jobs", "is no place in S3"),
        ("store", "s3://mine/../jobs", "is no place in S3"),
        ("type", " ", "name at least one instance type"),
        ("product", "BeOS", "There is no product description “BeOS”"),
        ("subnet", "subnet-xyz", "“subnet-xyz” is no id: it looks like subnet-0123456789abcdef0"),
        ("security-group", "default", "“default” is no id: it looks like sg-"),
        ("server", "localhost", "is no address of a service"),
        ("max-price", "cheap", "“cheap” is no amount of dollars"),
        ("budget", "-1", "“-1” is no amount of dollars"),
        ("budget", "nan", "“nan” is no amount of dollars"),
        ("budget", True, "“True” is no amount of dollars"),
        ("budget-hourly", "inf", "“inf” is no amount of dollars"),
        ("budget-time", "0s", "it is no time at all"),
        ("budget-time", "soon", "'soon' is no length of time"),
        ("move-for", "19", "“19” is no number of per cent from 20 to 99"),
        ("move-for", "100", "“100” is no number of per cent"),
        ("image", "ubuntu", "“ubuntu” is no image"),
        ("image", f"us-eats-1={AMI}", "There is no region “us-eats-1”. Did you mean us-east-1"),
        ("key-name", "a\nb", "is no name"),
        ("disk", "7", "“7” is no number of GiB from 8 to 16,384"),
        ("disk", "1e3", "“1e3” is no number of GiB"),
        ("tag", "team", "“=team” is no tag"),
        ("tag", "genba:job=x", "tags that begin with aws: or genba: are not yours to give"),
        ("tag", "AWS:x=y", "tags that begin with aws: or genba: are not yours to give"),
        ("every", "0s", "“0s” is not between 1 s and 120 s"),
        ("every", "5m", "“5m” is not between 1 s and 120 s"),
        ("format", "csv", "“csv” is no format: table, json"),
        ("install", 5, "5 is no list of what pip installs"),
        ("command", 5, "5 is no command"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line_with_where_it_was_said(name: str, said: object, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_options({name: said}, {})
    assert str(caught.value).startswith(f"--{name}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_may_be_installed() -> None:
    assert read_options({"install": ["none"]}, {}).install == ()
