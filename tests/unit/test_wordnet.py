"""What the page says about labels, from WordNet."""

import json

import wordnet
from tests.conftest import ROOT

NOUNS = """\
  1 This software and database is being provided to you, the LICENSEE, by
  2 Princeton University under the following license.
00000001 03 n 01 animal 0 000 | a living organism
00000002 05 n 02 dog 0 domestic_dog 0 001 @ 00000001 n 0000 | a friend; "the dog barked"
00000003 05 n 01 Eskimo_dog 0 002 @ 00000002 n 0000 #m 00000009 n 0000 | breed of heavy-coated sled dog
00000004 05 n 01 pug 0 001 @ 00000002 n 0000 | small compact dog
00000005 05 n 01 bird 0 001 @ 00000001 n 0000 | it has feathers
""".splitlines()  # lines like those of data.noun, man 5 wndb


def test_a_synset_has_its_first_name_its_gloss_and_what_it_is_a_kind_of() -> None:
    synsets = wordnet.read_synsets(NOUNS)
    assert synsets["00000003"] == ("Eskimo dog", "breed of heavy-coated sled dog", ["00000002"])
    assert synsets["00000002"].name == "dog"
    assert wordnet.ancestors(synsets, "00000003") == {"00000001", "00000002"}


def test_kinds_of_several_classes_are_listed_the_most_specific_last() -> None:
    found = wordnet.describe(wordnet.read_synsets(NOUNS), ["n00000003", "n00000004", "n00000005"])
    assert found["kinds"] == ["animal", "dog"]
    assert found["classes"]["n00000004"] == ["small compact dog", [0, 1]]
    assert found["classes"]["n00000005"] == ["it has feathers", [0]]
    assert json.loads(wordnet.one_line_each(found)) == found


def test_the_licence_is_the_head_of_the_file() -> None:
    assert wordnet.licence(NOUNS).splitlines()[1] == "Princeton University under the following license."


def test_the_page_knows_every_label() -> None:
    labels = json.loads((ROOT / "actions/classify/labels.json").read_text("utf-8"))
    described = json.loads((ROOT / "site/data/wordnet.json").read_text("utf-8"))
    assert list(described["classes"]) == [wnid for wnid, _label in labels]
    assert all(gloss for gloss, _kinds in described["classes"].values())
    tabby = [described["kinds"][kind] for kind in described["classes"]["n02123045"][1]]
    assert tabby == ["animal", "mammal", "carnivore", "domestic animal", "feline", "cat", "domestic cat"]
    assert "WordNet 3.0 Copyright 2006 by Princeton University" in (ROOT / "site/data/wordnet.LICENSE").read_text(
        "utf-8"
    )
