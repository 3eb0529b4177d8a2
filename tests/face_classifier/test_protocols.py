"""The protocols of model servers over HTTP: what is asked and answered, and errors in their clients' own form."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from starlette.requests import ClientDisconnect
from starlette.types import Message

from face_classifier.adapters.runtime import open_runtime
from face_classifier.app import create_app
from face_classifier.deps import Faces
from face_classifier.routes import protocols
from face_classifier.settings import FaceSettings
from faces_models import tiny_bundle
from genba_servicekit.app import GenbaApp
from genba_servicekit.testing import app_client

IMAGES = np.random.default_rng(5).random((3, 96, 96, 3), np.float32)
NESTED: Any = IMAGES.tolist()
INFER = "/v2/models/faces/infer"
LENGTH = "inference-header-content-length"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[GenbaApp]:
    settings = {"data_dir": tmp_path, "redis_url": None, "access_log": False, "upload_limit": 4 << 20}
    made = create_app(FaceSettings.model_validate(settings))
    async with app_client(made, base_url="http://faces.test"):
        yield made


@pytest.fixture
async def empty(app: GenbaApp) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://faces.test") as http:
        yield http


@pytest.fixture
async def http(app: GenbaApp, empty: httpx.AsyncClient) -> httpx.AsyncClient:
    manifest, files = tiny_bundle(3)
    faces: Faces = app.state.faces
    faces.serving.serve(manifest, "3", open_runtime(manifest, files), np.eye(3, dtype=np.float32))
    return empty


def binary(images: np.ndarray = IMAGES, **said: Any) -> dict[str, Any]:
    data = images.tobytes()
    tensor = {"name": "images", "datatype": "FP32", "shape": list(images.shape)}
    head = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": len(data)}}], **said}).encode()
    return {"content": head + data, "headers": {LENGTH: str(len(head))}}


async def test_the_server_and_its_model_say_what_they_are(http: httpx.AsyncClient) -> None:
    said = (await http.get("/v2")).json()
    assert said["name"] == "face-classifier"
    assert said["extensions"] == ["binary_tensor_data", "classification"]
    for path in ("/v2/health/live", "/v2/health/ready", "/v2/models/faces/ready", "/v2/models/faces/versions/3/ready"):
        assert (await http.get(path)).status_code == 200, path
    assert (await http.get("/v2/models/faces")).json()["versions"] == ["3"]
    assert (await http.get("/v2/models/faces/versions/3")).json()["outputs"][1]["shape"] == [-1, 3]
    (row,) = (await http.get("/v1/models/faces")).json()["model_version_status"]
    assert (row["version"], row["state"]) == ("3", "AVAILABLE")
    metadata = (await http.get("/v1/models/faces/versions/3/metadata")).json()
    assert metadata["model_spec"] == {"name": "faces", "signature_name": "", "version": "3"}


async def test_tensors_are_answered_in_every_way_that_they_can_be_sent(http: httpx.AsyncClient) -> None:
    """Numbers in JSON, numbers after it, rows and columns give the same embedding: the photo's mean colour."""
    wanted = IMAGES.mean((1, 2))
    answer = await http.post(INFER, **binary(parameters={"binary_data_output": True}, id="one"))
    assert answer.headers["content-type"] == "application/octet-stream"
    head = int(answer.headers[LENGTH])
    said = json.loads(answer.content[:head])
    assert (said["id"], said["model_version"]) == ("one", "3")
    logits, embedding, _ = np.frombuffer(answer.content[head:], "<f4").reshape(3, 3, 3)
    np.testing.assert_allclose(embedding, wanted, rtol=1e-4)

    tensor = {"name": "images", "datatype": "FP32", "shape": [3, 96, 96, 3], "data": NESTED}
    asked = {"inputs": [tensor], "outputs": [{"name": "embedding"}]}
    (row,) = (await http.post("/v2/models/faces/versions/3/infer", json=asked)).json()["outputs"]
    np.testing.assert_allclose(np.reshape(row["data"], (3, 3)), wanted, rtol=1e-4)

    rows = (await http.post("/v1/models/faces:predict", json={"instances": NESTED})).json()["predictions"]
    np.testing.assert_allclose([each["embedding"] for each in rows], wanted, rtol=1e-4)
    columns = await http.post("/v1/models/faces/versions/3:predict", json={"inputs": {"images": NESTED}})
    np.testing.assert_allclose(columns.json()["outputs"]["logits"], logits, rtol=1e-4, atol=1e-5)


async def test_files_of_faces_are_told_apart_too(http: httpx.AsyncClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (112, 112), (51, 102, 204)).save(file, "PNG")
    text = base64.b64encode(file.getvalue()).decode()
    asked = {"signature_name": "serving_default", "instances": [{"b64": text}]}
    (row,) = (await http.post("/v1/models/faces:predict", json=asked)).json()["predictions"]
    assert row["embedding"] == pytest.approx([0.2, 0.4, 0.8], rel=1e-4)
    asked = {"examples": [{"images": {"b64": text}}]}
    (classes,) = (await http.post("/v1/models/faces:classify", json=asked)).json()["result"]
    assert [score for _, score in classes] == sorted(row["probabilities"], reverse=True)
    assert {label for label, _ in classes} == {"label-0", "label-1", "label-2"}


@pytest.mark.parametrize(
    ("path", "sent", "status", "why"),
    [
        ("/v2/models/other", None, 404, "no model 'other'"),
        ("/v2/models/other/ready", None, 404, "no model 'other'"),
        ("/v2/models/faces/versions/2", None, 404, "version '2' of faces is not served; 3 is"),
        ("/v2/models/other/infer", {"content": b"{}"}, 404, "no model 'other'"),
        (INFER, {"content": b"{"}, 400, "not JSON"),
        (INFER, {"content": b"x" * (5 << 20)}, 413, "too long"),
        (INFER, {"content": b"x", "headers": {"content-encoding": "gzip"}}, 415, "compressed"),
        (INFER, binary(IMAGES * np.nan), 400, "values from 0 to 1"),
        (INFER, binary(IMAGES[:, :90]), 400, "the shape"),
        (INFER, binary(IMAGES, outputs=[{"name": "loss"}]), 400, "no output 'loss'"),
        ("/v2/models/faces/infer", None, 405, ""),
        ("/v2/nothing", None, 404, "Not found"),
        ("/v1/models/other", None, 404, "no model 'other'"),
        ("/v1/models/faces/versions/9/metadata", None, 404, "version '9'"),
        ("/v1/models/other:predict", {"json": {}}, 404, "no model 'other'"),
        ("/v1/models/faces:predict", {"json": []}, 400, "JSON object"),
        ("/v1/models/faces:predict", {"json": {"instances": [[1], [1, 2]]}}, 400, "longer than others"),
        ("/v1/models/faces:predict", {"json": {"instances": [{"b64": "aGk="}]}}, 400, "picture 0: no picture"),
        ("/v1/models/faces:predict", {"json": {"instances": [{"b64": ""}] * 129}}, 422, "128 are"),
        ("/v1/models/faces:classify", {"json": {}}, 400, "examples"),
        ("/v1/models/faces:regress", {"json": {}}, 405, ""),
    ],
)
async def test_errors_are_in_the_form_that_clients_of_the_protocols_read(
    http: httpx.AsyncClient, path: str, sent: dict[str, Any] | None, status: int, why: str
) -> None:
    answer = await http.get(path) if sent is None else await http.post(path, **sent)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    assert why in answer.json()["error"]


async def test_other_routes_keep_their_own_form_of_errors(http: httpx.AsyncClient) -> None:
    assert (await http.get("/v1/nothing")).headers["content-type"] == "application/problem+json"


async def test_without_a_model_it_is_live_and_not_ready(empty: httpx.AsyncClient) -> None:
    assert (await empty.get("/v2/health/live")).status_code == 200
    for path in ("/v2/health/ready", "/v2/models/faces", "/v2/models/faces/ready", "/v1/models/faces"):
        answer = await empty.get(path)
        assert (answer.status_code, list(answer.json())) == (503, ["error"])
        assert answer.headers["retry-after"] == "1"
    assert (await empty.post(INFER, **binary())).status_code == 503


async def test_a_new_model_takes_over_between_requests_that_never_stop(app: GenbaApp, http: httpx.AsyncClient) -> None:
    """Each is answered by one of the two, whole, and none fails."""
    faces: Faces = app.state.faces
    runtimes = []
    for seed in (1, 2):
        manifest, files = tiny_bundle(3, seed=seed)
        runtimes.append((manifest, open_runtime(manifest, files)))
    wanted = {str(number): runtime.run(IMAGES)[0] for number, (_, runtime) in enumerate(runtimes)}
    seen = set()

    async def ask() -> None:
        for _ in range(15):
            answer = (await http.post(INFER, **binary(outputs=[{"name": "logits"}]))).json()
            logits = np.reshape(answer["outputs"][0]["data"], (3, 3))
            np.testing.assert_allclose(logits, wanted[answer["model_version"]], rtol=1e-4, atol=1e-5)
            seen.add(answer["model_version"])

    async def swap() -> None:
        for turn in range(20):
            manifest, runtime = runtimes[turn % 2]
            faces.serving.serve(manifest, str(turn % 2), runtime, np.eye(3, dtype=np.float32))
            await asyncio.sleep(0.005)

    manifest, runtime = runtimes[1]
    faces.serving.serve(manifest, "1", runtime, np.eye(3, dtype=np.float32))
    await asyncio.gather(swap(), *(ask() for _ in range(6)))
    assert seen == {"0", "1"}


async def test_work_is_given_up_when_its_caller_leaves_and_only_then() -> None:
    left: asyncio.Queue[Message] = asyncio.Queue()
    work: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(protocols.unless_left(left.get, work))
    await asyncio.sleep(2 * protocols.LOOK_AFTER)
    assert not waiting.done()
    left.put_nowait({"type": "http.disconnect"})
    with pytest.raises(ClientDisconnect):
        await waiting
    assert work.cancelled()

    work = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(protocols.unless_left(left.get, work))
    await asyncio.sleep(2 * protocols.LOOK_AFTER)
    work.set_result(7)
    assert await waiting == 7
    work = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(protocols.unless_left(left.get, work))
    await asyncio.sleep(0)
    waiting.cancel()  # by whoever stops the service
    with pytest.raises(asyncio.CancelledError):
        await waiting
