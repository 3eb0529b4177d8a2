"""What the instance does at its first boot is what cloud-init knows; what it and its launcher may do is enough."""

import ast
import json
import subprocess
from configparser import ConfigParser
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from spot_instance import cloud_config, content_of
from spot_price.adapters import ec2
from spot_price.core.controlling import Offer
from spot_price.core.jobs import USER_DATA_BYTES
from spot_price.core.records import Pool
from spot_price.launch.bundle import bundle
from spot_price.launch.options import read_options
from spot_price.launch.running import job_of

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "deploy" / "gpu"
TEXT: Final = (FOLDER / "cloud-init.yaml").read_text("utf-8")
CONFIG: Final = cloud_config(TEXT)
SCRIPTS: Final = [file for file in CONFIG["write_files"] if file["content"].startswith("#!")]
OFFER: Final = Offer(Pool("us-east-1", "use1-az1", None, "g5.xlarge"), 0.4, 1.0)
TOLD: Final = {"command": ["python", "train.py"], "store": "s3://mine/jobs", "type": ["g5.xlarge"]}
POLICIES: Final = ("launcher-policy.json", "instance-policy.json", "instance-trust.json")


def test_the_file_in_deploy_is_the_one_that_is_sent() -> None:
    assert job_of(read_options(TOLD, {}), bundle(None)).user_data == TEXT


def test_cloud_init_knows_every_part_of_it() -> None:
    assert set(CONFIG) == {"package_update", "packages", "users", "write_files", "runcmd"}
    for file in CONFIG["write_files"]:
        assert set(file) <= {"path", "content", "permissions", "encoding"}
        assert file["path"].startswith(("/opt/genba/", "/etc/genba/", "/etc/systemd/system/"))
        assert isinstance(file["permissions"], str)  # YAML would make 0755 a number, and 493 of it
        assert file["content"] == "GENBA_JOB_SETTINGS" if "encoding" in file else len(file["content"]) > 100


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: str(script["path"]))
def test_the_scripts_are_bash_that_ends_at_the_first_fault(script: dict[str, str]) -> None:
    assert script["permissions"] == "0755"
    assert "set -euo pipefail" in script["content"]
    subprocess.run(["bash", "-n"], input=script["content"], text=True, check=True)


def test_the_unit_stops_the_watcher_alone_gives_it_time_and_shuts_down_after_it() -> None:
    (unit,) = [file["content"] for file in CONFIG["write_files"] if file["path"].endswith("genba-job.service")]
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit)
    service = parser["Service"]
    assert service["ExecStart"] in {file["path"] for file in SCRIPTS}
    assert (service["User"], service["KillMode"]) == ("genba", "mixed")
    assert int(service["TimeoutStopSec"]) > 90  # what the job has, and then the upload
    assert service["ExecStopPost"] == "+/usr/bin/systemctl poweroff --no-block"


def test_it_is_far_smaller_than_ec2_takes_and_what_is_larger_is_refused() -> None:
    options = read_options(TOLD | {"command": ["python", "x" * 4000], "budget-time": "2d"}, {})
    job = job_of(options, bundle(None))
    made = job.user_data_for(OFFER, 999)
    assert len(TEXT.encode()) < 5000
    assert len(made.encode()) < USER_DATA_BYTES
    assert cloud_config(made)["runcmd"] == CONFIG["runcmd"]
    large = job_of(read_options(TOLD | {"command": ["x" * 10_000]}, {}), bundle(None))
    with pytest.raises(ValueError, match="EC2 takes 16,384"):
        large.user_data_for(OFFER, 1)


def test_a_budget_bounds_the_instance_should_nobody_look_after_it() -> None:
    def bound(**told: str) -> str:
        options = read_options(TOLD | {name.replace("_", "-"): value for name, value in told.items()}, {})
        config = cloud_config(job_of(options, bundle(None)).user_data_for(OFFER, 1))
        return content_of(config["write_files"][0]).partition("GENBA_JOB_SECONDS=")[2].strip()

    assert bound() == ""
    assert bound(budget_time="12h") == "43200"
    assert bound(budget_time="12h", budget="2") == "18000"  # at $0.40 an hour
    assert bound(budget_time="1h", budget="2") == "3600"


def test_the_same_files_make_the_same_bundle_and_hidden_ones_stay_behind(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("1")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("x")
    first = bundle(tmp_path)
    (tmp_path / ".env").write_text("SECRET=1")
    assert bundle(tmp_path) == first
    (tmp_path / "train.py").write_text("2")
    assert bundle(tmp_path).key != first.key


def statements(name: str) -> list[dict[str, Any]]:
    made = json.loads((FOLDER / name).read_text("utf-8"))
    assert made["Version"] == "2012-10-17"
    return list(made["Statement"])


def actions(name: str) -> set[str]:
    found = [each["Action"] for each in statements(name)]
    return {action for each in found for action in ([each] if isinstance(each, str) else each)}


def called() -> set[str]:
    """IAM actions of every operation that the adapter names."""
    tree = ast.parse(Path(ec2.__file__).read_text("utf-8"))
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found = set()
    for service in ("ec2", "ssm"):
        methods = boto3.client(service, region_name="us-east-1").meta.method_to_api_mapping
        found |= {f"{service}:{operation}" for method, operation in methods.items() if method in words}
    return found


def test_the_launcher_may_do_what_it_does_and_no_more_with_instances() -> None:
    assert called() >= {"ec2:RunInstances", "ec2:TerminateInstances", "ssm:GetParameter"}
    allowed = actions("launcher-policy.json")
    assert called() - allowed == set()
    changes = {action for action in allowed if not action.split(":")[1].startswith(("Describe", "Get", "List"))}
    assert changes == {
        *("ec2:RunInstances", "ec2:CreateTags", "ec2:TerminateInstances"),  # the last for what it tags alone
        *("iam:PassRole", "iam:CreateServiceLinkedRole"),
        *("s3:PutObject", "s3:DeleteObject"),
    }


@pytest.mark.parametrize("name", POLICIES)
def test_no_right_is_given_for_everything_but_to_look(name: str) -> None:
    assert not any("*" in action for action in actions(name))
    for each in statements(name):
        if each.get("Resource") == "*":
            assert all(":Describe" in action or ":Get" in action for action in each["Action"])


def test_the_instance_may_read_and_write_the_store_and_nothing_else() -> None:
    assert actions("instance-policy.json") == {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"}
    assert {each["Sid"] for each in statements("instance-policy.json")} == {
        "KeepsTheJobSafe",
        "IsToldThatNothingIsThere",
    }
