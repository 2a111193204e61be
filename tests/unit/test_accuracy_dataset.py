"""make accuracy: which files are photos, and what is on them."""

import pytest

from accuracy import dataset
from accuracy.dataset import Unusable, from_list, from_names

CLASSES = {"n01440764": 0, "n01443537": 1, "n01484850": 2}


@pytest.mark.parametrize(
    "name",
    [
        "n01443537/photo.jpg",
        "n01443537/ILSVRC2012_val_00000001.JPEG",
        "n01443537_goldfish.jpg",
        "n01443537 goldfish/photo.jpeg",
        "val/n01443537/photo.jpg",
        "val/n01443537_12.jpg",
        "n01443537/n01440764_1.jpg",  # the folder goes first
        "n01440764/n01443537/photo.jpg",  # the nearest one
    ],
)
def test_the_folder_or_the_name_tells_the_label(name: str) -> None:
    assert from_names([name], CLASSES) == ({name: 1}, {})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("photo.jpg", dataset.NO_LABEL),
        ("n0144353_7_digits.jpg", dataset.NO_LABEL),
        ("n014435371_9_digits.jpg", dataset.NO_LABEL),
        ("my_n01443537.jpg", dataset.NO_LABEL),
        ("n99999999_no_class.jpg", dataset.OTHER_CLASS),
        ("n01443537/photo.png", dataset.NO_JPG),
        ("README.md", dataset.NO_JPG),
    ],
)
def test_what_is_no_labelled_photo_is_named_with_the_reason(name: str, reason: str) -> None:
    assert from_names([name], CLASSES) == ({}, {reason: [name]})


NAMES = ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000002.JPEG"]


@pytest.mark.parametrize(
    "text",
    [
        "ILSVRC2012_val_00000001.JPEG 2\nILSVRC2012_val_00000002.JPEG 0\n",
        "# a comment\n\nval/ILSVRC2012_val_00000001.JPEG\tn01484850\nILSVRC2012_val_00000002 n01440764",
        "ImageId,PredictionString\nILSVRC2012_val_00000001,n01484850 85 1 499 272\r\n"
        "ILSVRC2012_val_00000002,n01440764 1 2 3 4 n01440764 5 6 7 8\r\n",
    ],
)
def test_a_list_tells_the_labels(text: str) -> None:
    assert from_list(text, NAMES, CLASSES) == ({NAMES[0]: 2, NAMES[1]: 0}, {})


def test_a_list_may_name_files_with_spaces() -> None:
    assert from_list("my fish.jpg 1", ["my fish.jpg"], CLASSES)[0] == {"my fish.jpg": 1}


def test_what_is_only_in_the_list_or_only_in_the_folder_is_named() -> None:
    text = "gone.jpg 1\nhere.jpg 2\nother.jpg n99999999"
    found, left_out = from_list(text, ["here.jpg", "unlisted.jpg", "other.jpg", "val.txt"], CLASSES)
    assert found == {"here.jpg": 2}
    assert left_out == {
        dataset.NOT_THERE: ["gone.jpg"],
        dataset.OTHER_CLASS: ["other.jpg"],
        dataset.NOT_LISTED: ["unlisted.jpg"],
        dataset.NO_JPG: ["val.txt"],
    }


def test_a_short_name_that_two_files_have_is_not_guessed() -> None:
    names = ["1.jpg", "a/1.jpg", "b/2.jpg"]
    assert from_list("1.jpg 0\n2.jpg 1", names, CLASSES)[0] == {"1.jpg": 0, "b/2.jpg": 1}
    assert from_list("1 0", names, CLASSES)[1][dataset.NOT_THERE] == ["1"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("1.jpg 0\n2.jpg 3", "line 2: expected a WordNet id or an index from 0 to 2, but got '3'"),
        ("1.jpg -1", "line 1"),
        ("1.jpg, ", "line 1: expected a file and its label"),
        ("1.jpg goldfish", "but got 'goldfish'"),
        ("490\n361", "line 1: expected a file and its label, but got '490'"),  # the development kit's ground truth
    ],
)
def test_a_line_that_is_none_is_an_error_that_says_which_order_is_meant(text: str, says: str) -> None:
    with pytest.raises(Unusable) as caught:
        from_list(text, ["1.jpg", "2.jpg"], CLASSES)
    assert says in str(caught.value)
    assert "in the order of the WordNet ids" in str(caught.value)


def test_the_models_classes_are_in_that_order() -> None:
    wnids = [label.wnid for label in dataset.labels()]
    assert len(wnids) == 1000
    assert wnids == sorted(wnids)
