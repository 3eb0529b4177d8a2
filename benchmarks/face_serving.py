"""How much of a model's own speed is left over HTTP: `python benchmarks/face_serving.py [--rounds 3]`, 1 minute.

The service runs as `serve` runs it, in a process of its own, with `resnet` for 35 people; it is asked by wrk, by the
Open Inference Protocol, one photo a request: as a binary tensor of 110 kB, or as the JPEG of a crop. Beside it: the
same service without batching; ONNX Runtime alone, on all cores, at whichever number of photos at once is fastest; and a
FastAPI route that calls Keras's `model.predict`. They take turns, on one machine, clients included, so that a busy
machine is busy for all; a ratio is the median of the rounds'. Fails where one is worse than it has to be.
"""

import argparse
import io
import json
import re
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import uvicorn
from fastapi import FastAPI, Request

from face_classifier.adapters.runtime import OnnxRuntime
from face_classifier.app import create_app
from face_classifier.core.bundles import ONNX, Manifest, Unknown
from face_classifier.core.datasets import Label
from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of
from face_classifier.settings import FaceSettings
from genba_servicekit import cli
from genba_servicekit.app import GenbaApp

PEOPLE: Final = 35
CLIENTS: Final = 32
INFER: Final = "/v2/models/faces/infer"
SERVERS: Final = ("faces", "faces, one by one", "predict")
KERAS: Final = "model.keras"
LENGTH: Final = "Inference-Header-Content-Length"
OUTPUTS: Final = [{"name": "logits", "parameters": {"binary_data": True}}]

LEAST: Final = {
    "binary tensors, of the runtime's best rate": 0.5,
    "binary tensors, times model.predict in a route": 30.0,
    "binary tensors, times the same one by one": 1.0,
    "JPEG crops, of the runtime's best rate": 0.35,
}
MOST: Final = {
    "one client: ms above the runtime's own call": 1.5,
    "32 clients: p99, times the runtime's time for 32": 3.0,
}


def make(folder: Path) -> None:
    """Write an untrained network down, for Keras and for ONNX Runtime: how fast it is, training does not change."""
    from face_classifier.learning.exporting import to_onnx  # noqa: PLC0415  (in a process of its own)
    from face_classifier.learning.networks import NETWORKS  # noqa: PLC0415

    model = NETWORKS["resnet"](PEOPLE)
    model.save(folder / KERAS)
    (folder / ONNX).write_bytes(to_onnx(model))


def predict(folder: Path) -> FastAPI:
    """What one writes first: a route that calls `model.predict`."""
    import keras  # noqa: PLC0415

    import face_classifier.learning.networks  # noqa: F401, PLC0415  (its layer)

    model = keras.models.load_model(folder / KERAS)
    app = FastAPI()

    @app.post(INFER)
    async def infer(request: Request) -> list[float]:
        images = np.frombuffer(await request.body(), np.float32).reshape(-1, 96, 96, 3)
        found: list[float] = model.predict(images, verbose=0)["logits"][0].tolist()
        return found

    @app.get("/livez")
    async def livez() -> None:
        pass

    return app


def faces(folder: Path, settings: FaceSettings) -> GenbaApp:
    """The service, with the network in it."""
    app = create_app(settings)
    before = app.router.lifespan_context
    manifest = Manifest(
        name="faces",
        architecture="resnet",
        labels=tuple(Label(f"label-{number}", f"Label {number}") for number in range(PEOPLE)),
        temperature=1.0,
        unknown=Unknown(0.0, 2.0),
        data_set="0" * 64,
        created_at="2026-01-01T00:00:00Z",
    )

    @asynccontextmanager
    async def lifespan(its: Any) -> AsyncIterator[Any]:
        async with before(its) as state:
            runtime = OnnxRuntime((folder / ONNX).read_bytes(), threads=settings.inference_threads)
            runtime.warm_up()
            app.state.faces.serving.serve(manifest, "1", runtime, np.eye(PEOPLE, runtime.width, dtype=np.float32))
            yield state

    app.router.lifespan_context = lifespan
    return app


def serve(kind: str, folder: Path, port: int) -> None:
    """Run one of the servers until told to stop."""
    if kind == "predict":
        uvicorn.run(predict(folder), port=port, http="httptools", loop="uvloop", access_log=False, log_level="warning")
        return
    settings = FaceSettings.model_validate(
        {
            "port": port,
            "data_dir": folder / kind,
            "redis_url": None,
            "access_log": False,
            "log_level": "warning",
            "batch_photos": 32 if kind == "faces" else 1,
        }
    )
    cli.serve(lambda its: faces(folder, its), settings)


@contextmanager
def running(kind: str, folder: Path) -> Iterator[str]:
    """A server in a process of its own; gives its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, __file__, "--serve", kind, str(folder), str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):
                httpx.get(f"{url}/livez", trust_env=False)
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{kind} did not start")
        yield url
    finally:
        process.terminate()
        process.wait()


def requests(folder: Path) -> dict[str, Path]:
    """Wrk's scripts, each of which sends one photo again and again."""
    crop = draw(traits_of(7, 0), view_of(7, 0, 0), 112).convert("RGB")
    file = io.BytesIO()
    crop.save(file, "JPEG", quality=90)
    tensor = (np.asarray(crop, np.float32)[8:104, 8:104] / 255).tobytes()
    jpeg = struct.pack("<I", len(file.getvalue())) + file.getvalue()
    shapes: dict[str, tuple[bytes, dict[str, Any]]] = {
        "tensor": (tensor, {"datatype": "FP32", "shape": [1, 96, 96, 3]}),
        "jpeg": (jpeg, {"datatype": "BYTES", "shape": [1]}),
    }
    made = {}
    for name, (data, said) in shapes.items():
        row = {"name": "images", **said, "parameters": {"binary_data_size": len(data)}}
        head = json.dumps({"inputs": [row], "outputs": OUTPUTS}).encode()
        made[name] = _script(folder, name, head + data, f'wrk.headers["{LENGTH}"] = "{len(head)}"\n')
    made["bare"] = _script(folder, "bare", tensor, "")
    return made


def _script(folder: Path, name: str, body: bytes, headers: str) -> Path:
    (folder / f"{name}.body").write_bytes(body)
    script = folder / f"{name}.lua"
    reading = f'local file = io.open("{folder / name}.body", "rb")\nwrk.body = file:read("*a")\nfile:close()\n'
    script.write_text(f'wrk.method = "POST"\n{reading}{headers}')
    return script


def ask(url: str, script: Path, clients: int, seconds: int) -> dict[str, float]:
    """Answers a second, and milliseconds of half and of 99 in 100 of them."""
    command = [
        "wrk",
        "-t1",
        f"-c{clients}",
        f"-d{seconds}s",
        "--timeout",
        "20s",
        "--latency",
        "-s",
        str(script),
        url + INFER,
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{script.stem}: not all were answered:\n{said}")
    found = {name: _number(said, rf"{name}%\s+([\d.]+)(us|ms|s)") for name in ("50", "99")}
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate, said
    return {"rate": float(rate[1]), **found}


def _number(said: str, pattern: str) -> float:
    found = re.search(pattern, said)
    assert found, said
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


def alone(folder: Path) -> dict[str, float]:
    """The runtime alone, on all cores: images a second at best, and milliseconds for 1 and for 32."""
    runtime = OnnxRuntime((folder / ONNX).read_bytes())
    took = {}
    for count in (1, 8, 32):
        images = np.random.default_rng(count).random((count, 96, 96, 3), np.float32)
        times = []
        ends = time.perf_counter() + 0.7
        while time.perf_counter() < ends:
            began = time.perf_counter()
            runtime.run(images)
            times.append(time.perf_counter() - began)
        took[count] = statistics.median(times)
    best = max(count / seconds for count, seconds in took.items())
    return {"rate": best, "1": took[1] * 1e3, "32": took[32] * 1e3}


def round_of(urls: dict[str, str], scripts: dict[str, Path], folder: Path, seconds: int) -> dict[str, float]:
    """One round: everything measured once, as ratios and differences."""
    bare = alone(folder)
    many = ask(urls["faces"], scripts["tensor"], CLIENTS, seconds)
    single = ask(urls["faces, one by one"], scripts["tensor"], CLIENTS, seconds)
    jpeg = ask(urls["faces"], scripts["jpeg"], CLIENTS, seconds)
    one = ask(urls["faces"], scripts["tensor"], 1, seconds)
    plain = ask(urls["predict"], scripts["bare"], CLIENTS, seconds)
    again = alone(folder)
    best = (bare["rate"] + again["rate"]) / 2
    print(
        f"  runtime {bare['rate']:,.0f}-{again['rate']:,.0f}/s, {bare['1']:.2f} ms for 1, {bare['32']:.1f} ms for 32; "
        f"tensors {many['rate']:,.0f}/s (p50 {many['50']:.1f}, p99 {many['99']:.1f} ms), one by one "
        f"{single['rate']:,.0f}/s, JPEG {jpeg['rate']:,.0f}/s, one client {one['50']:.2f} ms, "
        f"model.predict {plain['rate']:.0f}/s"
    )
    return {
        "binary tensors, of the runtime's best rate": many["rate"] / best,
        "binary tensors, times model.predict in a route": many["rate"] / plain["rate"],
        "binary tensors, times the same one by one": many["rate"] / single["rate"],
        "JPEG crops, of the runtime's best rate": jpeg["rate"] / best,
        "one client: ms above the runtime's own call": one["50"] - (bare["1"] + again["1"]) / 2,
        "32 clients: p99, times the runtime's time for 32": many["99"] / ((bare["32"] + again["32"]) / 2),
    }


def main() -> None:
    """Measure, print, and fail if the service is slower than it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--serve", nargs=3, metavar=("KIND", "FOLDER", "PORT"), help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make)
        return
    if asked.serve:
        serve(asked.serve[0], Path(asked.serve[1]), int(asked.serve[2]))
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="genba-face-serving-")))
        subprocess.run([sys.executable, __file__, "--make", str(folder)], check=True, stderr=subprocess.DEVNULL)
        scripts = requests(folder)
        urls = {kind: stack.enter_context(running(kind, folder)) for kind in SERVERS}
        rounds = [round_of(urls, scripts, folder, asked.seconds) for _ in range(asked.rounds)]
    slow = []
    for name in rounds[0]:
        found = statistics.median(each[name] for each in rounds)
        least, most = LEAST.get(name), MOST.get(name)
        print(f"{name:<50} {found:7.2f}   ({'at least' if least else 'at most'} {least or most})")
        if (least and found < least) or (most and found > most):
            slow.append(name)
    if slow:
        raise SystemExit("not as it has to be: " + "; ".join(slow))


if __name__ == "__main__":
    main()
