"""The face service's document says what is particular to it, and every example in it works."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contract.faces.faces_world import World, faces_world, photo
from contract.openapi_document import JSON, ApiDocument
from face_classifier.adapters.jobs import Jobs
from face_classifier.app import service
from face_classifier.core.fooling import Fooling
from face_classifier.core.fooling_requests import FoolingRequest
from face_classifier.core.jobs import Job, JobState
from face_classifier.core.recipes import Recipe
from face_classifier.core.training_requests import TrainingRequest
from genba_servicekit.database import Database

pytestmark = pytest.mark.anyio

DOCUMENT = ApiDocument(service)
STREAMS = frozenset({"follow_training", "follow_optimal_inputs"})
UNTAGGED = STREAMS | {"get_optimal_input_file"}
TRAINING = "5f1c0a9e71b2d3c4"
INPUTS = "6a0d4c1be29f3785"
"""Those of the document's examples."""


async def put_training(world: World) -> None:
    """Keep the training and the optimal inputs of the document's examples."""
    asked = TrainingRequest("drawn", "drawn", Recipe()).as_json()
    fooled = FoolingRequest(2, ("label-0",), Fooling()).as_json()
    database = Database(world.faces.settings.database, migrations="face_classifier.migrations")
    await database.start()
    try:
        jobs = Jobs(database)
        await jobs.add(Job(TRAINING, "training", asked, JobState.QUEUED, 0), limit=9)
        await jobs.add(Job(INPUTS, "optimal-inputs", fooled, JobState.QUEUED, 0), limit=9)
    finally:
        await database.stop()


def put_face(world: World) -> None:
    """Keep the face without a name of the document's examples; named once, it is gone."""
    folder = Path(world.faces.settings.artifacts) / "unlabelled/drawn"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "encore-1.png").write_bytes(photo())


@pytest.fixture(scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with faces_world(tmp_path_factory.mktemp("faces"), model=True) as made:
        made.http.headers["Authorization"] = f"Bearer {made.key}"
        await put_training(made)
        yield made


@pytest.mark.parametrize("name", DOCUMENT.operations)
def test_a_read_says_that_it_has_a_tag(name: str) -> None:
    method, _, operation = DOCUMENT.operations[name]
    if method == "get" and name not in UNTAGGED:
        assert operation["responses"]["200"]["headers"]["ETag"]["required"]
        assert "304" in operation["responses"]


@pytest.mark.parametrize("name", [name for name in DOCUMENT.cases if "get_optimal_input_file" not in name])
async def test_an_example_is_answered_as_the_document_says(world: World, name: str) -> None:
    case = DOCUMENT.cases[name]
    put_face(world)
    method, _, _ = DOCUMENT.operations[case.operation]
    method = "head" if case.operation in STREAMS else method
    kind = case.headers.get("Content-Type", "")
    if kind.startswith("multipart/"):  # what stands for a file in the document is no file
        fields = json.loads(case.body or b"{}")
        files = [(field, ("a.png", photo())) for field, values in fields.items() for _ in values]
        answer = await world.http.request(method, case.path, params=case.query, files=files)
    else:
        assert kind in {"", JSON}
        answer = await world.http.request(method, case.path, params=case.query, headers=case.headers, content=case.body)
    DOCUMENT.check_answer(case.operation, answer)
