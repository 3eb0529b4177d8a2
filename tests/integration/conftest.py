"""An AWS account on this machine."""

from collections.abc import Iterator

import pytest

from spot_cloud import FakeCloud, fake_cloud


@pytest.fixture(scope="module")
def moto() -> Iterator[FakeCloud]:
    """EC2 and S3 over real sockets; one for a file of tests, since it takes a second to start."""
    with fake_cloud() as cloud:
        yield cloud


@pytest.fixture
def cloud(moto: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> FakeCloud:
    """It with nothing in it but a bucket and an instance profile; AWS's own settings of this process point to it."""
    for name, value in moto.environ.items():
        monkeypatch.setenv(name, value)
    moto.reset()
    moto.client("iam").create_instance_profile(InstanceProfileName="genba-job")
    return moto
