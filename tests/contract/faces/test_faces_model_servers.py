"""The face service asked by a client of model servers that is not ours: Triton's own, over real sockets."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from contract.faces.faces_world import COMMAND, faces_server
from face_classifier.adapters.runtime import OnnxRuntime, open_runtime
from face_classifier.core.bundles import MANIFEST, write_manifest
from face_classifier.core.pictures import write_png
from faces_models import tiny_bundle

# In a process of its own: its client brings gevent, which has event loops of its own.
PROGRAM = """
import json, sys
import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

url, path = sys.argv[1:]
images = np.load(path)
said = {}
with triton.InferenceServerClient(url.removeprefix("http://"), concurrency=4) as client:
    said["live"], said["ready"] = client.is_server_live(), client.is_server_ready()
    said["model ready"] = client.is_model_ready("faces"), client.is_model_ready("faces", "1")
    said["other ready"] = client.is_model_ready("other"), client.is_model_ready("faces", "7")
    said["server"], said["model"] = client.get_server_metadata(), client.get_model_metadata("faces")

    def given(array, kind="FP32", *, binary=True):
        tensor = triton.InferInput("images", list(array.shape), kind)
        tensor.set_data_from_numpy(array, binary_data=binary)
        return [tensor]

    for binary in (True, False):
        wanted = [triton.InferRequestedOutput(name, binary_data=binary) for name in ("logits", "embedding")]
        found = client.infer("faces", given(images, binary=binary), outputs=wanted, request_id="7", model_version="1")
        said[f"binary {binary}"] = [found.as_numpy(name).tolist() for name in ("logits", "embedding")]
        said["id"] = found.get_response()["id"]
    said["all"] = client.infer("faces", given(images)).as_numpy("probabilities").tolist()
    top = client.infer("faces", given(images), outputs=[triton.InferRequestedOutput("logits", class_count=2)])
    said["top"] = [[text.decode() for text in row] for row in top.as_numpy("logits")]
    at_once = [client.async_infer("faces", given(images[[number % 2]])) for number in range(12)]
    said["at once"] = [each.get_result().as_numpy("embedding")[0].tolist() for each in at_once]
    file = np.array([open(path + ".png", "rb").read()], dtype=np.object_)
    said["file"] = client.infer("faces", given(file, "BYTES")).as_numpy("embedding").tolist()
    said["errors"] = []
    wrong = [("other", images), ("faces", images * 255), ("faces", images[:, :50]), ("faces", images * np.nan)]
    for name, array in wrong:
        try:
            client.infer(name, given(array))
        except InferenceServerException as error:
            said["errors"].append([error.status(), error.message()])
print(json.dumps(said))
"""

Asked = tuple[dict[str, Any], np.ndarray, OnnxRuntime]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """What Triton's client is told by a service with a tiny model in it."""
    pytest.importorskip("tritonclient.http")
    folder = tmp_path_factory.mktemp("triton")
    manifest, files = tiny_bundle(3)
    run = folder / "run"
    run.mkdir()
    for name, data in files.items():
        (run / name).write_bytes(data)
    (run / MANIFEST).write_bytes(write_manifest(manifest))
    settings = {"GENBA_DATA_DIR": str(folder / "data")}
    command = [str(Path(sys.executable).with_name(COMMAND)), "models", "add", str(run), "--promote"]
    subprocess.run(command, check=True, env=settings, capture_output=True, timeout=60)
    images = np.random.default_rng(4).random((2, 96, 96, 3), np.float32)
    np.save(folder / "images.npy", images)
    program = folder / "client.py"
    program.write_text(PROGRAM)
    (folder / "images.npy.png").write_bytes(write_png(Image.new("RGB", (96, 96), (51, 102, 204))))
    with faces_server(folder / "data") as url:
        client = [sys.executable, str(program), url, str(folder / "images.npy")]
        done = subprocess.run(client, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), images, open_runtime(manifest, files)


def test_tritons_client_sees_the_server_and_its_model(asked: Asked) -> None:
    said, _, _ = asked
    assert (said["live"], said["ready"]) == (True, True)
    assert (said["model ready"], said["other ready"]) == ([True, True], [False, False])
    assert "binary_tensor_data" in said["server"]["extensions"]
    assert said["model"]["versions"] == ["1"]


def test_tritons_client_is_answered_in_json_and_in_bytes(asked: Asked) -> None:
    said, images, runtime = asked
    logits, embedding = runtime.run(images)
    for form in ("binary True", "binary False"):
        np.testing.assert_allclose(said[form][0], logits, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(said[form][1], embedding, rtol=1e-4)
    assert said["id"] == "7"
    assert np.sum(said["all"], axis=1) == pytest.approx([1, 1], abs=1e-5)
    for row, numbers in zip(said["top"], logits, strict=True):
        assert [text.split(":")[2] for text in row] == [f"label-{place}" for place in np.argsort(-numbers)[:2]]


def test_tritons_client_asks_many_at_once_and_sends_files(asked: Asked) -> None:
    said, images, _ = asked
    np.testing.assert_allclose(said["at once"], np.tile(images.mean((1, 2)), (6, 1)), rtol=1e-4)
    np.testing.assert_allclose(said["file"], [[0.2, 0.4, 0.8]], rtol=1e-4)


def test_tritons_client_reads_why_it_was_refused(asked: Asked) -> None:
    said, _, _ = asked
    assert [status for status, _ in said["errors"]] == ["404", "400", "400", "400"]
    for (_, text), why in zip(
        said["errors"], ["no model 'other'", "divided by 255", "the shape", "values from 0 to 1"], strict=True
    ):
        assert why in text
