"""A model's report: one page of HTML that needs nothing else, with plots and the worst mistakes."""

import base64
from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
from PIL import Image

from face_classifier.core.bundles import Manifest
from face_classifier.core.judging import Judged, Mistake
from face_classifier.core.material import Material
from face_classifier.core.pictures import write_png
from face_classifier.core.plots import Plot, heat

STYLE: Final = """\
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#fbfaf7;--line:#d9d6cd;--one:#2b6cb0;--two:#c2571a}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a0a8b4;--paper:#14171c;--line:#333a44;--one:#7ab3ef;
--two:#f0935a}}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1.5rem;background:var(--paper);
color:var(--ink)}h1{font-size:1.6rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}
p{margin:.25rem 0;color:var(--soft)}dl.top{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;margin:1.5rem 0}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.7rem}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:2rem}section{min-width:0}
svg{width:100%;height:auto}text{fill:var(--soft);font-size:11px}polyline{fill:none;stroke-width:2;stroke:var(--one)}
.m{stroke:var(--two)}.g{stroke:var(--line);stroke-width:1}.d{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.p,.r{fill:var(--one)}.w{fill:var(--two)}.f{fill:none;stroke:var(--line)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
td,th{text-align:left;padding:.15rem .6rem .15rem 0}figure{margin:0}figcaption{font-size:.8rem;color:var(--soft)}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr));gap:1rem}
.mistakes img{width:100%;image-rendering:auto}.wide{grid-column:1/-1;overflow-x:auto}
"""


def report_html(manifest: Manifest, judged: Judged, material: Material, curve: Sequence[Sequence[float]]) -> str:
    """The page."""
    metrics = judged.metrics
    parts = [
        _section("Loss", _curve("Loss by step", curve, 1, "loss")),
        _section("Accuracy in training", _curve("Accuracy by step", curve, 2, "accuracy")),
        _section("Is it as sure as it is right?", _reliability(metrics["reliability"]), _calibration(metrics)),
    ]
    if judged.roc is not None:
        parts.append(_section("Strangers", _strangers(judged), _strangers_said(metrics["strangers"])))
    names = [label.name for label in material.labels]
    parts += [
        _section("Who was taken for whom", heat("Truth down, answers across", judged.confusion, names)),
        _section("Each person", _people(metrics["per_label"], names), css="wide"),
        _section("The surest mistakes", _mistakes(judged.mistakes, material, names), css="wide"),
        _section("Settings", _settings(manifest), css="wide"),
    ]
    title = f"{manifest.name}: {manifest.architecture}, {len(names):,} people"
    drawn = "<p>These people do not exist: they were drawn.</p>" if manifest.drawn else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>"
        f"<p>{escape(manifest.created_at)}, judged by {metrics['photos']['judged']:,} photos that it had not seen</p>"
        f"{drawn}{_figures(metrics)}<main>{''.join(parts)}</main></html>\n"
    )


def _section(title: str, *inside: str, css: str = "") -> str:
    return f'<section class="{css}"><h2>{escape(title)}</h2>{"".join(inside)}</section>'


def _figures(metrics: dict[str, Any]) -> str:
    rows = [
        ("top-1", f"{metrics['top1']:.1%}"),
        ("top-3", f"{metrics['top3']:.1%}"),
        ("calibration error", f"{metrics['calibration_error']:.3f}"),
        ("trained in", f"{metrics['seconds']:,.0f} s"),
        ("images a second", f"{metrics['images_per_second']:,.0f}"),
    ]
    if metrics["strangers"]:
        rows.append(("strangers, AUROC", f"{metrics['strangers']['auroc_distance']:.3f}"))
    return f'<dl class="top">{"".join(f"<div><dt>{name}</dt><dd>{said}</dd></div>" for name, said in rows)}</dl>'


def _curve(title: str, curve: Sequence[Sequence[float]], column: int, name: str) -> str:
    if not curve:
        return "<p>It was too short for a curve.</p>"
    points = [(row[0], row[column]) for row in curve]
    top = max(y for _, y in points)
    return Plot(title, ("step", 0, points[-1][0]), (name, 0, max(top, 1.0 if column > 1 else 1e-9))).line(points).svg()


def _reliability(bins: Sequence[Sequence[float]]) -> str:
    plot = Plot("Said against so", ("how sure it was", 0, 1), ("how often it was right", 0, 1)).line(
        [(0, 0), (1, 1)], "d"
    )
    total = sum(count for *_, count in bins) or 1
    for confidence, accuracy, count in bins:
        said = f"{count:.0f} answers: {confidence:.1%} sure, {accuracy:.1%} right"
        plot.dot((confidence, accuracy), 3 + 12 * (count / total) ** 0.5, said)
    return plot.svg()


def _calibration(metrics: dict[str, Any]) -> str:
    return f"<p>Expected calibration error {metrics['calibration_error']:.3f}; on the dashed line it would be 0.</p>"


def _strangers(judged: Judged) -> str:
    plot = Plot("Strangers by distance", ("known faces called strangers", 0, 1), ("strangers found", 0, 1))
    return plot.line([(0, 0), (1, 1)], "d").line(judged.roc or []).svg()


def _strangers_said(said: dict[str, Any]) -> str:
    return (
        f"<p>{said['photos']:,} photos of people who were kept back. Where 95 % of them are found, "
        f"{said['false_positives_at_95']:.1%} of known faces are called strangers. With the model's own bounds "
        f"{said['found']:.0%} are found, and {said['known_called_strangers']:.0%} of known faces are lost.</p>"
    )


def _people(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> str:
    def share(value: float | None) -> str:
        return "" if value is None else f"{value:.0%}"

    order = sorted(zip(names, rows, strict=True), key=lambda pair: (pair[1]["recall"] is None, pair[1]["recall"] or 0))
    cells = "".join(
        f"<tr><td>{escape(name)}<td>{row['photos']}<td>{share(row['recall'])}<td>{share(row['precision'])}</tr>"
        for name, row in order
    )
    return f"<table><tr><th>person<th>photos<th>recognised<th>rightly so called</tr>{cells}</table>"


def _mistakes(mistakes: Sequence[Mistake], material: Material, names: Sequence[str]) -> str:
    if not mistakes:
        return "<p>There was none.</p>"
    figures = []
    for each in mistakes:
        truth = material.truth[each.place]
        like = np.flatnonzero(material.learnt & (material.truth == each.taken_for))[:1]
        pair = np.concatenate([material.crops[each.place], *material.crops[like]], axis=1)
        data = base64.b64encode(write_png(Image.fromarray(pair))).decode()
        said = f"{names[truth]} ({each.truth:.1%}), taken for {names[each.taken_for]} ({each.probability:.1%})"
        figures.append(
            f'<figure><img alt="{escape(said)}" src="data:image/png;base64,{data}"><figcaption>{escape(said)}'
            f"<br>{escape(material.keys[each.place])}</figcaption></figure>"
        )
    return f'<p>Left the photo, right one of who it was taken for.</p><div class="mistakes">{"".join(figures)}</div>'


def _settings(manifest: Manifest) -> str:
    said = {**manifest.settings, "data set": manifest.data_set, "code": manifest.git or "not known"}
    rows = "".join(f"<tr><th>{escape(str(name))}<td>{escape(str(value))}</tr>" for name, value in said.items())
    return f"<table>{rows}</table>"
