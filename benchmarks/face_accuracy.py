"""How well people are told apart, 35 of them by five photos each: `python benchmarks/face_accuracy.py`, 8 minutes.

The networks are trained by the command line as anybody would; beside them eigenfaces and a linear support vector
machine (scikit-learn) on the same crops. Then five people are kept back: how well they are told to be strangers. The
photos are the AT&T Laboratories Cambridge “Database of Faces” (Samaria and Harter 1994).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import anyio
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from face_classifier.adapters.photos import open_photos
from face_classifier.core.material import Material
from face_classifier.core.recipes import Recipe
from face_classifier.usecases.cutting import cut_out
from genba_servicekit.testing import test_data

COMMAND = str(Path(sys.executable).with_name("face-classifier"))
TRAIN: Final = ["--split", "first-5", "--faces", "whole", "--device", "cpu"]
RUNS: Final = {
    "resnet": "",
    "resnet, another seed": "--seed 1",
    "cnn2016": "--arch cnn2016 --steps 400 --rate 0.001",
}
STRANGERS: Final = [f"s{number}" for number in range(31, 36)]
COMPONENTS: Final = 50
"""Of 50, 100 and 150, whitened or not, with two ways to tell 35 people apart, what did best."""


def trained(photos: Path, run: Path, *words: str) -> dict[str, Any]:
    """The metrics of a training."""
    subprocess.run([COMMAND, "train", photos, "-o", run, *TRAIN, *words], check=True, stdout=subprocess.DEVNULL)
    found: dict[str, Any] = json.loads((run / "metrics.json").read_text("utf-8"))
    return found


def eigenfaces(material: Material) -> float:
    """The share of photos that eigenfaces (Turk and Pentland 1991) and a linear SVM recognise."""
    pictures = material.crops[..., 0].reshape(len(material.crops), -1) / 255
    model = make_pipeline(PCA(COMPONENTS, random_state=0), SVC(kernel="linear"))
    model.fit(pictures[material.learnt], material.truth[material.learnt])
    return float(model.score(pictures[material.judged], material.truth[material.judged]))


async def whole_crops(photos: Path) -> Material:
    """The crops that the networks are trained on."""
    async with open_photos(str(photos)) as store:
        return await cut_out(store, Recipe(split="first-5", faces="whole"), None)


def main() -> None:
    """Print everything."""
    source = test_data("faces") / "orl_faces"
    if not source.is_dir():
        sys.exit(f"There are no photos in {source}: nothing is measured")
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        subprocess.run([COMMAND, "dataset", "import", source, "-o", photos], check=True, stdout=subprocess.DEVNULL)
        reference = eigenfaces(anyio.run(whole_crops, photos))
        print(f"{'':<24}{'top-1':>8}{'top-3':>8}{'error':>8}{'seconds':>9}{'images/s':>10}   errors against eigenfaces")
        print(f"{'eigenfaces + SVM':<24}{reference:>8.1%}{'':>35}   1.00 x")
        rates: dict[str, float] = {}
        for name, words in RUNS.items():
            said = trained(photos, Path(folder) / name, *words.split())
            rates[name] = said["images_per_second"]
            better = (1 - said["top1"]) / (1 - reference)
            print(
                f"{name:<24}{said['top1']:>8.1%}{said['top3']:>8.1%}{said['calibration_error']:>8.3f}"
                f"{said['seconds']:>9.0f}{said['images_per_second']:>10.0f}   {better:.2f} x"
            )
        print(f"resnet learns {rates['resnet'] / rates['cnn2016']:.1f} x as many images a second as cnn2016")
        kept_back = [word for label in STRANGERS for word in ("--keep-back", label)]
        strangers = trained(photos, Path(folder) / "strangers", *kept_back)["strangers"]
        print(
            f"five strangers: AUROC {strangers['auroc_distance']:.3f} by distance, "
            f"{strangers['auroc_probability']:.3f} by probability; "
            f"{strangers['false_positives_at_95']:.1%} false positives at 95 %"
        )


if __name__ == "__main__":
    main()
