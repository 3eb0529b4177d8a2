"""How much of a model's own speed is left over HTTP: `python benchmarks/face_serving.py [--rounds 3]`, 1 minute.

The service runs as `serve` runs it, in a process of its own, with `resnet` for 35 people; it is asked by wrk, by the
Open Inference Protocol, one photo a request: as a binary tensor of 110 kB, or as the JPEG of a crop. Beside it: the
same service without batching; ONNX Runtime alone, on all cores, at whichever number of photos at once is fastest; and a
FastAPI route that calls Keras's `model.predict`. They take turns, on one machine, clients included, so that a busy
machine is busy for all.

Where other programs take the cores meanwhile, processor time tells more: of what a request takes of it all in all, in
the service and in wrk, the share that is the runtime's own. Of the rounds the median and the best are printed. Fails
where both the best by the clock and the median by processor time are worse than they have to be.
"""

import argparse
import io
import json
import os
import re
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import psutil
import uvicorn
from fastapi import FastAPI, Request

from face_classifier.adapters.runtime import OnnxRuntime
from face_classifier.core.bundles import CENTROIDS, MANIFEST, ONNX, Manifest, Unknown, file_info, write_manifest
from face_classifier.core.datasets import Label
from face_classifier.core.drawn import draw
from face_classifier.core.people import traits_of, view_of

PEOPLE: Final = 35
CLIENTS: Final = 32
COMMAND: Final = str(Path(sys.executable).with_name("face-classifier"))
INFER: Final = "/v2/models/faces/infer"
SERVERS: Final = ("faces", "faces, one by one", "predict")
KERAS: Final = "model.keras"
LENGTH: Final = "Inference-Header-Content-Length"
OUTPUTS: Final = [{"name": "logits", "parameters": {"binary_data": True}}]

OF_BEST: Final = "binary tensors, of the runtime's best rate"
OF_PREDICT: Final = "binary tensors, times model.predict in a route"
OF_SINGLE: Final = "binary tensors, times the same one by one"
OF_JPEG: Final = "JPEG crops, of the runtime's best rate"
ABOVE: Final = "one client: ms above the runtime's own call"
SLOWEST: Final = "32 clients: p99, times the runtime's time for 32"
BARS: Final = {
    OF_BEST: (0.5, True),
    OF_PREDICT: (30.0, True),
    OF_SINGLE: (1.0, True),
    OF_JPEG: (0.35, True),
    ABOVE: (1.5, False),
    SLOWEST: (3.0, False),
}
"""What has to be reached, and whether it is the least or the most."""

Found = dict[str, tuple[float, float | None]]
"""By the clock, and by processor time."""


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    url: str
    process: psutil.Process


def make(folder: Path) -> None:
    """Write an untrained network down, with all that a model has: how fast it is, training does not change."""
    from face_classifier.learning.exporting import to_onnx  # noqa: PLC0415  (in a process of its own)
    from face_classifier.learning.networks import NETWORKS  # noqa: PLC0415

    model = NETWORKS["resnet"](PEOPLE)
    model.save(folder / KERAS)
    centroids = io.BytesIO()
    np.save(centroids, np.eye(PEOPLE, model.output["embedding"].shape[-1], dtype=np.float32), allow_pickle=False)
    files = {ONNX: to_onnx(model), CENTROIDS: centroids.getvalue(), KERAS: (folder / KERAS).read_bytes()}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    manifest = Manifest(
        name="faces",
        architecture="resnet",
        labels=tuple(Label(f"label-{number}", f"Label {number}") for number in range(PEOPLE)),
        temperature=1.0,
        unknown=Unknown(0.0, 2.0),
        data_set="0" * 64,
        created_at="2026-01-01T00:00:00Z",
        metrics={"top1": 0.0},
        files={name: file_info(data) for name, data in files.items()},
    )
    (folder / MANIFEST).write_bytes(write_manifest(manifest))


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

    @app.get("/v2/health/ready")
    async def ready() -> None:
        pass

    return app


@contextmanager
def running(kind: str, folder: Path) -> Iterator[Server]:
    """A server in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = dict(os.environ)
    if kind == "predict":
        command = [sys.executable, __file__, "--predict", str(folder), str(port)]
    else:
        environment |= {"GENBA_DATA_DIR": str(folder / kind), "GENBA_ACCESS_LOG": "false"}
        environment["FACES_BATCH_PHOTOS"] = "32" if kind == "faces" else "1"
        subprocess.run(
            [COMMAND, "models", "add", str(folder), "--promote"], env=environment, check=True, stdout=subprocess.DEVNULL
        )
        command = [COMMAND, "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(httpx.TransportError):
                if httpx.get(f"{url}/v2/health/ready", trust_env=False).status_code == HTTPStatus.OK:
                    break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{kind} did not start")
        yield Server(url, psutil.Process(process.pid))
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


def ask(server: Server, script: Path, clients: int, seconds: int) -> dict[str, float]:
    """Answers a second, milliseconds of half and of 99 in 100 of them, and microseconds of processor time of each."""
    options = ["-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-s", str(script)]
    before = server.process.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = subprocess.run(["wrk", *options, server.url + INFER], capture_output=True, text=True, check=True).stdout
    after = server.process.cpu_times(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{script.stem}: not all were answered:\n{said}")
    found = {name: _number(said, rf"{name}%\s+([\d.]+)(us|ms|s)") for name in ("50", "99")}
    rate, count = re.search(r"Requests/sec:\s+([\d.]+)", said), re.search(r"(\d+) requests in", said)
    assert rate, said
    assert count, said
    its = after[0].user + after[0].system - before[0].user - before[0].system
    wrks = after[1].ru_utime + after[1].ru_stime - before[1].ru_utime - before[1].ru_stime
    return {"rate": float(rate[1]), "cpu": (its + wrks) / int(count[1]) * 1e6, **found}


def _number(said: str, pattern: str) -> float:
    found = re.search(pattern, said)
    assert found, said
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


def alone(folder: Path) -> dict[str, float]:
    """The runtime alone at its best, on all cores for one answer or on one core each for as many.

    Photos a second, microseconds of processor time for each; milliseconds for 1 photo and for 32.
    """
    network, cores = (folder / ONNX).read_bytes(), os.cpu_count() or 1
    took, rates, cpu = {}, [], []
    for threads, workers in ((0, 1), (1, cores)):
        runtime = OnnxRuntime(network, threads=threads)
        for count in (1, 8, 32):
            images = np.random.default_rng(count).random((count, 96, 96, 3), np.float32)
            used, began = time.process_time(), time.perf_counter()
            with ThreadPoolExecutor(workers) as pool:
                runs = list(pool.map(lambda its: timed(*its), [(runtime, images)] * workers))
            times = [each for run in runs for each in run]
            rates.append(len(times) * count / (time.perf_counter() - began))  # as wrk counts, whatever else goes on
            cpu.append((time.process_time() - used) / len(times) / count * 1e6)
            if workers == 1:
                middle = statistics.median if count == 1 else statistics.mean  # beside wrk's p50, and beside its p99
                took[count] = middle(times) * 1e3
    return {"rate": max(rates), "cpu": min(cpu), "1": took[1], "32": took[32]}


def timed(runtime: OnnxRuntime, images: Any) -> list[float]:
    """Seconds that each run takes."""
    times = []
    ends = time.perf_counter() + 0.5
    while time.perf_counter() < ends:
        began = time.perf_counter()
        runtime.run(images)
        times.append(time.perf_counter() - began)
    return times


def round_of(servers: dict[str, Server], scripts: dict[str, Path], folder: Path, seconds: int) -> Found:
    """One round: everything measured once, by the clock and, where that can be, by processor time."""
    bare = alone(folder)
    many = ask(servers["faces"], scripts["tensor"], CLIENTS, seconds)
    single = ask(servers["faces, one by one"], scripts["tensor"], CLIENTS, seconds)
    jpeg = ask(servers["faces"], scripts["jpeg"], CLIENTS, seconds)
    one = ask(servers["faces"], scripts["tensor"], 1, seconds)
    plain = ask(servers["predict"], scripts["bare"], CLIENTS, seconds)
    again = alone(folder)
    mean = {name: (bare[name] + again[name]) / 2 for name in bare}
    print(
        f"  runtime {bare['rate']:,.0f} and {again['rate']:,.0f}/s, {mean['1']:.2f} ms for 1, {mean['32']:.1f} ms for "
        f"32; tensors {many['rate']:,.0f}/s (p50 {many['50']:.1f}, p99 {many['99']:.1f} ms), one by one "
        f"{single['rate']:,.0f}/s, JPEG {jpeg['rate']:,.0f}/s, one client {one['50']:.2f} ms, model.predict "
        f"{plain['rate']:.0f}/s; µs of processor time: runtime {mean['cpu']:.0f}, tensors {many['cpu']:.0f}, one by "
        f"one {single['cpu']:.0f}, JPEG {jpeg['cpu']:.0f}, model.predict {plain['cpu']:,.0f}"
    )
    return {
        OF_BEST: (many["rate"] / mean["rate"], mean["cpu"] / many["cpu"]),
        OF_PREDICT: (many["rate"] / plain["rate"], plain["cpu"] / many["cpu"]),
        OF_SINGLE: (many["rate"] / single["rate"], single["cpu"] / many["cpu"]),
        OF_JPEG: (jpeg["rate"] / mean["rate"], mean["cpu"] / jpeg["cpu"]),
        ABOVE: (one["50"] - mean["1"], None),
        SLOWEST: (many["99"] / mean["32"], None),
    }


def judge(rounds: list[Found]) -> list[str]:
    """Print what was found; gives what is worse than it has to be."""
    bad = []
    for name, (bound, at_least) in BARS.items():
        clock, cpu = [each[name][0] for each in rounds], [used for each in rounds if (used := each[name][1])]
        best = max(clock) if at_least else min(clock)
        by_cpu = statistics.median(cpu) if cpu else None
        told = "" if by_cpu is None else f", by processor time {by_cpu:.2f}"
        wanted = f"{'at least' if at_least else 'at most'} {bound}"
        print(f"{name}: {statistics.median(clock):.2f}, best {best:.2f}{told}; {wanted}")
        reached = [best, *([] if by_cpu is None else [by_cpu])]
        if not any(value >= bound if at_least else value <= bound for value in reached):
            bad.append(name)
    return bad


def main() -> None:
    """Measure, print, and fail if the service is slower than it has to be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--predict", nargs=2, metavar=("FOLDER", "PORT"), help=argparse.SUPPRESS)
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make)
        return
    if asked.predict:
        folder, port = Path(asked.predict[0]), int(asked.predict[1])
        uvicorn.run(predict(folder), port=port, http="httptools", loop="uvloop", access_log=False, log_level="warning")
        return
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (make system-packages)")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="genba-face-serving-")))
        subprocess.run([sys.executable, __file__, "--make", str(folder)], check=True, stderr=subprocess.DEVNULL)
        scripts = requests(folder)
        servers = {kind: stack.enter_context(running(kind, folder)) for kind in SERVERS}
        rounds = [round_of(servers, scripts, folder, asked.seconds) for _ in range(asked.rounds)]
    if bad := judge(rounds):
        raise SystemExit("not as it has to be: " + "; ".join(bad))


if __name__ == "__main__":
    main()
