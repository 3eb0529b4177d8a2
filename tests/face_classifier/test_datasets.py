"""What a data set is: files in folders, labels beside them, an order as people number things."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from face_classifier.core.datasets import DataSetError, Label, data_set, in_order, label_id, read_labels, write_labels
from face_classifier.core.splitting import split

LABELS = st.lists(
    st.builds(
        Label, st.from_regex(r"[a-z0-9あ-ん][a-z0-9 .あ-ん_-]{0,20}[a-z0-9あ-ん]", fullmatch=True), st.text(max_size=30)
    ),
    max_size=8,
    unique_by=lambda label: label.id,
)
COUNTS = st.dictionaries(st.sampled_from("abcdefg"), st.integers(2, 12), min_size=1)


def counted(counts: dict[str, int]) -> list[str]:
    return [f"{label}/{number}.jpg" for label, count in counts.items() for number in range(1, count + 1)]


def test_photos_stand_as_people_number_them() -> None:
    found = data_set(["s10/2.pgm", "s2/10.pgm", "s2/9.pgm", "s2/1.pgm"])
    assert [photo.key for photo in found.photos] == ["s2/1.pgm", "s2/9.pgm", "s2/10.pgm", "s10/2.pgm"]
    assert [label.id for label in found.labels] == ["s2", "s10"]


def test_what_is_no_photo_of_a_label_is_passed_over() -> None:
    found = data_set(["labels.json", "top.jpg", "a/notes.txt", "a/b/deep.jpg", "a/1.JPG"])
    assert [photo.key for photo in found.photos] == ["a/1.JPG"]


def test_labels_give_names_and_may_have_no_photos_yet() -> None:
    found = data_set(["aoi/1.jpg"], [Label("aoi", "葵", "葵 (歌手)"), Label("ren", "蓮")])
    assert found.labels == (Label("aoi", "葵", "葵 (歌手)"), Label("ren", "蓮"))
    assert {label: len(photos) for label, photos in found.by_label().items()} == {"aoi": 1, "ren": 0}


@given(LABELS)
def test_labels_that_were_written_are_read_the_same(labels: list[Label]) -> None:
    assert read_labels(write_labels(labels))[0] == [
        Label(label_id(each.id), each.name, each.keyword) for each in labels
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"labels": {}}',
        b'{"labels": [1]}',
        b'{"labels": [{"name": "x"}]}',
        b'{"labels": [{"id": "../x"}]}',
        b'{"labels": [{"id": ".x"}]}',
        b'{"labels": [{"id": "x", "name": 1}]}',
        b'{"labels": [{"id": "x"}, {"id": "x"}]}',
        b"[" * 100_000,
    ],
)
def test_labels_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(DataSetError, match="label"):
        read_labels(data)


@pytest.mark.parametrize("text", ["", " ", ".", "..", "a/b", "a\\b", "a\0b", "x" * 65, "a\u202eb", "\ud800"])
def test_what_no_folder_can_be_called_is_no_label(text: str) -> None:
    with pytest.raises(DataSetError, match="cannot be a label"):
        label_id(text)


def test_a_label_is_the_same_however_its_accents_were_typed() -> None:
    assert label_id("Cafe\u0301 ") == label_id("Café")


@given(st.lists(st.text(max_size=12)))
def test_numbers_count_as_numbers_wherever_they_stand(names: list[str]) -> None:
    assert sorted(names, key=in_order) == sorted(sorted(names, reverse=True), key=in_order) or len(
        {in_order(name) for name in names}
    ) < len(names)


@settings(deadline=None)
@given(
    COUNTS,
    st.sampled_from(["first-1", "last-1", "fraction-0.5", "fraction-.9", "fold-1/2", "fold-2/2"]),
    st.integers(0, 9),
)
def test_a_split_parts_every_label_and_loses_nothing(counts: dict[str, int], rule: str, seed: int) -> None:
    found = data_set(counted(counts))
    parted = split(found, rule, seed)
    assert set(parted.train) | set(parted.test) == set(found.photos)
    assert not set(parted.train) & set(parted.test)
    for label in counts:
        for part in (parted.train, parted.test):
            assert any(photo.label == label for photo in part)
    assert parted == split(found, rule, seed)


def test_the_first_five_and_the_last_five() -> None:
    found = data_set(counted({"a": 10}))
    assert [photo.key for photo in split(found, "first-5").train] == [f"a/{number}.jpg" for number in range(1, 6)]
    assert [photo.key for photo in split(found, "last-5").train] == [f"a/{number}.jpg" for number in range(6, 11)]


@given(COUNTS, st.integers(2, 5), st.integers(0, 99))
def test_each_photo_is_judged_by_once_in_all_folds(counts: dict[str, int], parts: int, seed: int) -> None:
    found = data_set(counted({label: max(count, parts) for label, count in counts.items()}))
    judged = [photo for part in range(1, parts + 1) for photo in split(found, f"fold-{part}/{parts}", seed).test]
    assert sorted(photo.key for photo in judged) == sorted(photo.key for photo in found.photos)


@given(COUNTS, st.integers(0, 99))
def test_another_label_changes_nothing_for_the_others(counts: dict[str, int], seed: int) -> None:
    alone = split(data_set(counted(counts)), "fraction-0.5", seed)
    beside = split(data_set(counted(counts | {"z": 9})), "fraction-0.5", seed)
    assert [photo for photo in beside.train if photo.label != "z"] == list(alone.train)


@pytest.mark.parametrize(
    "rule", ["", "first-0", "first-5x", "fraction-1.5", "fraction-1", "fold-3/2", "fold-1/1", "half", "first-５"]
)
def test_a_rule_that_is_none_says_which_there_are(rule: str) -> None:
    with pytest.raises(DataSetError):
        split(data_set(counted({"a": 4, "b": 4})), rule)


def test_nothing_to_judge_by_is_said() -> None:
    with pytest.raises(DataSetError, match="leaves no photo to judge by"):
        split(data_set(counted({"a": 4, "b": 4})), "first-4")
