"""What takes long to load is loaded where it is used: a server is there soon, and never has what trains."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]

LOADED = """
import asyncio, sys
from pathlib import Path
from tempfile import mkdtemp
import face_classifier.__main__
late = {"cv2", "onnxruntime"} & set(sys.modules)
from contract.faces.faces_world import faces_world, photo

async def main():
    async with faces_world(Path(mkdtemp()), model=True) as world:
        (picture,) = (await world.client.recognize([photo()])).pictures
        assert picture.faces

asyncio.run(main())
print(sorted(late), sorted({"keras", "tensorflow", "jax", "torch"} & set(sys.modules)))
"""


def test_a_server_that_recognises_faces_never_loads_what_trains() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False, cwd=TESTS)
    assert (done.returncode, done.stdout) == (0, "[] []\n"), done.stderr[-2_000:]
