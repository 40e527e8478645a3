# SPDX-License-Identifier: GPL-3.0-or-later
"""What ships is sound, marked as a sample, and fits the screen it is shown on."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from pathlib import Path

import pytest

from observer_app.packs.check import check_paths
from observer_app.packs.loading import PackLibrary, load_all
from observer_app.shipped import shipped


@pytest.fixture(scope="module")
def library() -> PackLibrary:
    return load_all([shipped("rubrics"), shipped("resources") / "scenarios"])


def test_nothing_shipped_has_a_fault(library: PackLibrary) -> None:
    assert library.faults == ()
    assert check_paths([shipped("rubrics"), shipped("resources") / "scenarios"]) == []


def test_three_frameworks_and_at_least_four_scenarios_each_a_sample(library: PackLibrary) -> None:
    assert len(library.frameworks) == 3
    assert len(library.scenarios) >= 4
    assert all(pack.sample for pack in (*library.frameworks.values(), *library.scenarios.values()))
    assert {f.notice for f in library.frameworks.values()} == {"Sample. Check against the published text before use."}
    assert {s.framework_id for s in library.scenarios.values()} == set(library.frameworks)


def test_ten_statements_eight_statements_six_domains(library: PackLibrary) -> None:
    packs = library.frameworks
    assert len(list(packs["child-and-family-practitioner"].criteria())) == 10
    assert len(list(packs["practice-supervisor"].criteria())) == 8
    assert len(packs["early-career-standards-2027"].domains) == 6


def test_every_scenario_describes_every_point_of_its_scale(library: PackLibrary) -> None:
    for scenario in library.scenarios.values():
        assert 6 <= len(scenario.criteria) <= 10
        assert scenario.scale == library.frameworks[scenario.framework_id].scale
        for criterion in scenario.criteria:
            texts = [criterion.anchor(value) for value in scenario.scale.values]
            assert all(texts)
            assert len(set(texts)) == len(texts)
            assert max(map(len, texts)) <= 90


def test_the_sample_scales_differ_so_that_no_length_is_taken_for_granted(library: PackLibrary) -> None:
    assert {len(f.scale.points) for f in library.frameworks.values()} == {4, 5, 7}
    for framework in library.frameworks.values():
        assert all(a < b for a, b in pairwise(framework.scale.values))


def test_the_hash_is_of_the_file(library: PackLibrary) -> None:
    data = (shipped("resources") / "scenarios" / "first-home-visit.yaml").read_bytes()
    assert library.scenarios["first-home-visit"].ref.sha256 == hashlib.sha256(data).hexdigest()


def test_the_published_schemas_are_valid_schemas() -> None:
    from jsonschema import Draft202012Validator

    for path in sorted((shipped("resources") / "schema").glob("*.schema.json")):
        Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_fonts_have_their_licence_and_the_features_the_screens_turn_on() -> None:
    folder = shipped("resources") / "fonts"
    assert "SIL OPEN FONT LICENSE" in (folder / "OFL.txt").read_text(encoding="utf-8").upper()
    for weight in ("Regular", "Medium", "SemiBold", "Bold"):
        data = (folder / f"Inter-{weight}.ttf").read_bytes()
        assert _has_table(data, b"glyf"), "reports need TrueType outlines"
        for feature in (b"cv05", b"cv08", b"tnum"):
            assert feature in data


def test_icons_are_plain_drawings() -> None:
    icons = sorted((shipped("resources") / "icons").glob("*.svg"))
    assert len(icons) > 40
    assert (shipped("resources") / "icons" / "LICENSE.txt").is_file()
    for icon in icons:
        text = icon.read_text(encoding="utf-8")
        assert "currentColor" in text
        assert "<script" not in text
        assert "href" not in text


def _has_table(data: bytes, tag: bytes) -> bool:
    count = int.from_bytes(data[4:6], "big")
    return tag in {data[12 + 16 * n : 16 + 16 * n] for n in range(count)}


def test_no_pack_names_a_folder_of_this_machine() -> None:
    for folder in (shipped("rubrics"), shipped("resources") / "scenarios"):
        for path in Path(folder).glob("*.yaml"):
            assert "/home/" not in path.read_text(encoding="utf-8")
