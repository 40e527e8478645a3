# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way a pack can be wrong is named with its line, and a wrong pack is never offered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observer_app.domain.framework import Framework
from observer_app.errors import BadInput, NewerVersion
from observer_app.packs.check import check_paths
from observer_app.packs.loading import library_of, load_all, load_framework, load_from_bytes, load_scenario
from observer_app.shipped import shipped

FRAMEWORK = (shipped("rubrics") / "child-and-family-practitioner.yaml").read_text(encoding="utf-8")
SCENARIO = (shipped("resources") / "scenarios" / "first-home-visit.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def framework() -> Framework:
    return load_framework(shipped("rubrics") / "child-and-family-practitioner.yaml")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


FRAMEWORK_FAULTS = [
    ("version: \"2.1\"", "version: 2.1", "'version' must be text"),
    ("sample: true\n", "", "'sample' is missing"),
    ("sample: true", "sample: yes", "'sample' must be true or false"),
    ("title: Child and family practitioner", "titel: Child and family practitioner", "'titel' is not a field"),
    ("{value: 3, label: Not yet", "{value: 2, label: Not yet", "The scale must rise: 2 stands after 2"),
    ("label: Outstanding", "label: Very good", "The label 'Very good' is used twice"),
    ("cut: 4", "cut: 8", "The cut 8 is not a point of the scale"),
    ("cut: 4", "cut: 1", "nobody can fail"),
    ("cut: 4", "cut: four", "'cut' must be a whole number"),
    ("must_pass: [kss-5]", "must_pass: [kss-55]", "'kss-55' is not a criterion of this framework"),
    ("unrated: reason", "unrated: maybe", "'unrated' must be block or reason"),
    ("- id: kss-2", "- id: kss-1", "The id 'kss-1' is used twice"),
    ("share_percent: 10", "share_percent: 101", "'share_percent' must be 100 or less; it is 101"),
    ("id: child-and-family-practitioner", "id: Child Family", "'id': 'Child Family' is not written"),
    ("keys: wc", "keys: so", "The keys 'so' is used twice"),
    ("title: Communication", "title: \"Com\\u0007\"", "invisible control character (U+0007)"),
    ("title: Communication", "title: \"Com\\u202e\"", "invisible control character (U+202E)"),
    ("title: Communication", "title: \"a\\nb\"", "must stand on one line"),
    ("title: Communication", "title: '   '", "'title' is empty"),
    ("sample: true", "sample: true\nsample: false", "'sample' stands here twice"),
    ("notice: Sample.", "notice: &n Sample.", "are not used in packs"),
    ("notice: Sample.", "notice: !!str Sample.", "The marker"),
    ("format: 1", "format: 0", "'format' must be 1"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "reason"), FRAMEWORK_FAULTS)
def test_a_fault_in_a_framework_is_named_at_its_line(good: str, bad: str, reason: str) -> None:
    text = FRAMEWORK.replace(good, bad, 1)
    assert text != FRAMEWORK
    library = library_of([("pack.yaml", text.encode())])
    assert library.frameworks == {}
    found = [f for f in library.faults if reason in f.reason]
    assert found, library.faults
    place = line_of(FRAMEWORK, good) + bad.count("\n")
    assert found[0].line == (place if bad else line_of(FRAMEWORK, "pack: framework"))


SCENARIO_FAULTS = [
    ("      3: Friendly at the start; loses it when the parent bristles\n", "", "has no description for 3"),
    ("      7: Warm and straight", "      8: Warm and straight", "describes 8, which is not on"),
    ("      2: Polite, but keeps", "      2: " + "x" * 91 + " keeps", "there is room for 90"),
    ("2: Polite, but keeps to own list whatever the parent shows",
     "2: cold or Disrespectful; the parent closes down", "2 reads the same as 1"),
    ("framework: [kss-1]", "framework: [kss-99]", "'kss-99' is not a criterion of 'Child and family practitioner'"),
    ("framework: child-and-family-practitioner", "framework: another", "The framework 'another' is not here"),
    ("minutes: 10,", "minutes: 0,", "'minutes' must be 1 or more; it is 0"),
    ("warn_at: [5, 1]", "warn_at: [30, 1]", "A reminder at 30 minutes left never comes"),
    ("warn_at: [5, 1]", "warn_at: [5, 5]", "A reminder stands here twice"),
    (", interview: true", "", "No phase is the interview"),
    ("sample: true", "sample: false", "A scenario on a sample framework is itself a sample"),
    ("{id: writing,", "{id: reading,", "The id 'reading' is used twice"),
    ("weight: 2", "weight: 0", "'weight' must be 1 or more"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "reason"), SCENARIO_FAULTS)
def test_a_fault_in_a_scenario_is_named(framework: Framework, good: str, bad: str, reason: str) -> None:
    text = SCENARIO.replace(good, bad, 1)
    assert text != SCENARIO
    library = library_of([("pack.yaml", text.encode())], [framework])
    assert library.scenarios == {}
    assert any(reason in f.reason for f in library.faults), library.faults
    assert all(f.line > 0 for f in library.faults)


def test_a_must_pass_criterion_needs_evidence_in_the_scenario(framework: Framework) -> None:
    text = SCENARIO.replace("[kss-5, kss-4]", "[kss-4]")
    library = library_of([("pack.yaml", text.encode())], [framework])
    assert any("'kss-5', which must be passed" in f.reason for f in library.faults)


def test_every_fault_is_named_not_only_the_first() -> None:
    text = FRAMEWORK.replace('version: "2.1"', "version: 2.1").replace("cut: 4", "cut: 8").replace("[kss-5]", "[kss-x]")
    faults = library_of([("pack.yaml", text.encode())]).faults
    assert [f.line for f in faults] == [line_of(text, "version:"), line_of(text, "cut: 8"), line_of(text, "[kss-x]")]


def test_loading_one_raises_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(FRAMEWORK.replace("cut: 4", "cut: 9"), encoding="utf-8")
    with pytest.raises(BadInput, match="not a point of the scale") as caught:
        load_framework(path)
    assert caught.value.file == str(path)
    assert caught.value.line == line_of(FRAMEWORK, "cut: 4")


def test_a_newer_pack_is_called_newer_not_wrong() -> None:
    text = FRAMEWORK.replace("format: 1", "format: 2").replace("cut: 4", "threshold: 4")
    with pytest.raises(NewerVersion, match="newer Observer"):
        load_from_bytes(text.encode(), "pack.yaml")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"# only a remark\n", "empty"),
        (b"\xff\xfe\x00", "not plain UTF-8"),
        (b"pack: framework\n---\npack: framework\n", "second pack in this file"),
        (b"- a\n- b\n", "This is not a pack"),
        (b"pack: tune\n", "which kind of pack"),
        (b"pack: framework\n\ttitle: x\n", "not well-formed YAML"),
        (b"a: [1, 2\nb: 3\n", "not well-formed YAML"),
        (b"a: \x00\n", "not well-formed YAML"),
        (b"[" * 5000, "nested deeper"),
        (b"a: " + b"[" * 17 + b"]" * 17, "nested deeper"),
        (BOMB.encode(), "are not used in packs"),
        (b"? [a, b]\n: c\n", "must be plain text"),
        (b"pack: framework\n" + b"#" * 1_000_000, "larger than a pack may be"),
        (b"!!python/object/apply:os.system ['true']\n", "The marker"),
    ],
)
def test_hostile_bytes_are_a_fault_never_a_crash(data: bytes, reason: str) -> None:
    library = library_of([("pack.yaml", data)])
    assert any(reason in f.reason for f in library.faults), library.faults


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_give_faults(data: bytes) -> None:
    library = library_of([("pack.yaml", data)])
    assert library.faults
    assert not library.frameworks


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SCENARIO)), st.integers(0, 60), st.text(max_size=6))
def test_a_scenario_cut_about_never_crashes(framework: Framework, start: int, length: int, put: str) -> None:
    text = SCENARIO[:start] + put + SCENARIO[start + length :]
    library = library_of([("pack.yaml", text.encode("utf-8", "surrogatepass"))], [framework])
    assert bool(library.faults) != bool(library.scenarios)


def test_no_word_becomes_something_else() -> None:
    text = FRAMEWORK.replace("label: Unsafe", "label: no").replace("label: Good", "label: 2026-11-24")
    library = library_of([("pack.yaml", text.encode())])
    scale = library.frameworks["child-and-family-practitioner"].scale
    assert (scale.label(1), scale.label(5)) == ("no", "2026-11-24")


def test_the_second_pack_of_one_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(FRAMEWORK, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(FRAMEWORK.replace('"2.1"', '"2.2"'), encoding="utf-8")
    library = load_all([tmp_path])
    assert library.frameworks["child-and-family-practitioner"].ref.version == "2.1"
    assert [f.file for f in library.faults] == [str(tmp_path / "b.yaml")]


def test_a_scenario_whose_framework_is_faulty_is_not_offered_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FRAMEWORK.replace("cut: 4", "cut: 9"), encoding="utf-8")
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    library = load_all([tmp_path])
    assert not library.frameworks
    assert not library.scenarios
    assert any(f.file.endswith("s.yaml") and "faults of its own" in f.reason for f in library.faults)


def test_a_scenario_alone_finds_its_framework_shipped_or_beside(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert check_paths([path]) == []
    text = FRAMEWORK.replace("id: child-and-family-practitioner", "id: ours")
    (tmp_path / "ours.yaml").write_text(text, encoding="utf-8")
    path.write_text(SCENARIO.replace("framework: child-and-family-practitioner", "framework: ours"), encoding="utf-8")
    assert check_paths([path]) == []
    (tmp_path / "ours.yaml").unlink()
    assert "'ours' is not here" in check_paths([path])[0].reason


def test_the_framework_beside_wins_over_the_shipped_one(tmp_path: Path) -> None:
    shorter = FRAMEWORK.replace("  - {value: 7, label: Outstanding}\n", "")
    (tmp_path / "f.yaml").write_text(shorter, encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    assert any("describes 7" in f.reason for f in check_paths([path]))


def test_a_framework_that_is_checked_wins_over_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text(FRAMEWORK.replace("  - {value: 7, label: Outstanding}\n", ""), encoding="utf-8")
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    assert any("describes 7" in f.reason for f in check_paths([tmp_path]))


def test_each_fault_is_named_once() -> None:
    text = (
        FRAMEWORK.replace('version: "2.1"\n', "").replace("sample: true\n", "").replace("cut: 4", "cutt: 4\n  cot: 4")
    )
    reasons = [f.reason for f in library_of([("pack.yaml", text.encode())]).faults]
    assert sorted(reasons) == [
        "'cot' is not a field of a pack here.",
        "'cut' is missing in 'rules'.",
        "'cutt' is not a field of a pack here.",
        "'sample' is missing.",
        "'version' is missing.",
    ]


def test_what_is_not_there_or_not_a_file_is_a_fault(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    empty = tmp_path / "empty"
    empty.mkdir()
    faults = check_paths([tmp_path / "gone.yaml", tmp_path / "pipe.yaml", empty])
    assert len(faults) == 3
    assert load_all([tmp_path / "gone"]).faults == ()


def test_a_framework_is_not_taken_for_a_scenario(tmp_path: Path, framework: Framework) -> None:
    path = shipped("resources") / "scenarios" / "first-home-visit.yaml"
    assert load_scenario(path, [framework]).phases[1].planned_s(25) == 2250
    with pytest.raises(BadInput, match="not a scenario"):
        load_scenario(shipped("rubrics") / "practice-supervisor.yaml", [framework])
    with pytest.raises(BadInput):
        load_framework(path)
