"""What nobody knows, and how it hangs together: groups, joint draws, bare ranges."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kstest, norm, spearmanr

from escalation.chance.streams import Streams
from escalation.engines.first_values import first_values
from escalation.engines.program import prepare
from escalation.language.resolve import read_scenario
from escalation.model.build import build
from escalation.model.calendar import DAY
from escalation.model.trajectory import Point

HEAD = "escalation: 1\ntitle: Unknown\nstarts: 2030-01-01\nlasts: 4 weeks\n"
PARTS = """uncertainties:
  tempo:
    value: normal(10 days, 1 day)
    assumption: judged
  push:
    value: uniform(0, 1)
    assumption: judged
  other:
    value: lognormal(median=3, sigma=0.5)
    assumption: judged
"""
GROUP = "together:\n  - {of: [tempo, push], correlation: 0.6, assumption: judged}\n"
JOINT = """draws:
  fit: {file: fit.csv, assumption: a fit}
uncertainties:
  tempo: {draws: fit}
  push: {draws: fit}
"""


def scenario_of(folder: Path, text: str):
    """A scenario read from a file."""
    path = folder / "unknown.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return read_scenario(path)


def drawn(resolved, futures: int, seed: int = 1, **given: float) -> dict[str, np.ndarray]:
    """Every uncertainty in the first futures."""
    program = prepare(build(resolved.scenario))
    names = [item.name for item in program.model.uncertainties]
    rows = []
    for future in range(futures):
        point = Point("baseline", future, future, seed)
        s = first_values(program, point, {}, given, Streams(seed, future))
        rows.append([s[program.slots[name]] for name in names])
    return {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_group_varies_together_and_each_keeps_its_distribution(tmp_path, seed):
    """Over 10,000 futures the rank correlation is 0.6 within 4.5 standard errors, and the margins pass their tests."""
    told = drawn(scenario_of(tmp_path, PARTS + GROUP), 10_000, seed)
    assert abs(spearmanr(told["tempo"], told["push"])[0] - 0.6) < 4.5 / np.sqrt(9_999)
    assert kstest(told["push"], "uniform").pvalue > 1e-4
    assert kstest(told["tempo"] / DAY, norm(10, 1).cdf).pvalue > 1e-4


def test_a_group_changes_neither_its_first_name_nor_what_stands_outside(tmp_path):
    """To the last bit; and the other members keep what is their own."""
    alone, together = (drawn(scenario_of(tmp_path, text), 200) for text in (PARTS, PARTS + GROUP))
    assert np.array_equal(alone["tempo"], together["tempo"])
    assert np.array_equal(alone["other"], together["other"])
    assert not np.array_equal(alone["push"], together["push"])


def test_a_member_that_is_fixed_changes_no_other(tmp_path):
    """Whether it is given from outside or set in the text."""
    before = drawn(scenario_of(tmp_path, PARTS + GROUP), 100)
    given = drawn(scenario_of(tmp_path, PARTS + GROUP), 100, tempo=3.0 * DAY)
    fixed = drawn(scenario_of(tmp_path, PARTS.replace("normal(10 days, 1 day)", "3 days") + GROUP), 100)
    assert np.array_equal(before["push"], given["push"])
    assert np.array_equal(before["push"], fixed["push"])
    assert set(given["tempo"]) == set(fixed["tempo"]) == {3.0 * DAY}


def test_joint_draws_keep_their_rows_together(tmp_path):
    """Every future has a row of the file, whole; each row comes as often as another, within 4.5 standard errors."""
    rows = [(10.0 + k, 0.5 * k) for k in range(10)]
    (tmp_path / "fit.csv").write_text("tempo [days],push\n" + "".join(f"{a},{b}\n" for a, b in rows))
    told = drawn(scenario_of(tmp_path, JOINT), 5_000)
    seen = list(zip(told["tempo"] / DAY, told["push"], strict=True))
    assert set(seen) == set(rows)
    counts = np.array([seen.count(row) for row in rows])
    assert np.abs(counts - 500).max() < 4.5 * np.sqrt(5_000 * 0.1 * 0.9)


def test_joint_draws_change_nothing_else(tmp_path):
    """An uncertainty of its own is drawn the same beside them."""
    (tmp_path / "fit.csv").write_text("tempo [days],push\n1,2\n3,4\n")
    alone = drawn(scenario_of(tmp_path, PARTS), 100)
    own = PARTS[PARTS.index("  other") :]
    assert np.array_equal(alone["other"], drawn(scenario_of(tmp_path, JOINT + own), 100)["other"])


def test_every_row_of_a_file_is_in_the_resolved_text(tmp_path):
    """So a changed cell is another scenario, and the text resolves to itself where there is no such file."""
    (tmp_path / "fit.csv").write_text("tempo [days],push\n1,2\n3,4\n")
    first = scenario_of(tmp_path, JOINT)
    (tmp_path / "fit.csv").write_text("tempo [days],push\n1,2\n3,5\n")
    second = scenario_of(tmp_path, JOINT)
    assert first.text != second.text
    elsewhere = tmp_path / "elsewhere" / "copy.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(first.text, encoding="utf-8")
    again = read_scenario(elsewhere)
    assert again.text == first.text
    assert again.scenario.joint_draws == first.scenario.joint_draws


def test_a_value_set_in_place_of_a_column_leaves_the_other_columns_alone(tmp_path):
    """`--set` fixes one name; the rows of the others come as before."""
    (tmp_path / "fit.csv").write_text("tempo [days],push\n1,2\n3,4\n")
    before = drawn(scenario_of(tmp_path, JOINT), 50)
    set_ = drawn(read_scenario(tmp_path / "unknown.yaml", sets=["tempo=7 days"]), 50)
    assert set(set_["tempo"]) == {7.0 * DAY}
    assert np.array_equal(before["push"], set_["push"])


def test_a_bare_range_is_sampled_evenly_and_marked(tmp_path):
    """Ten thousand futures fill the range evenly, the first ones are those of any larger run, and the model says so."""
    resolved = scenario_of(tmp_path, "uncertainties:\n  reluctance: {deep: [4, 12], assumption: nobody can say}\n")
    told = drawn(resolved, 10_000)["reluctance"]
    assert kstest((told - 4) / 8, "uniform").pvalue > 1e-4
    assert [item.deep for item in build(resolved.scenario).uncertainties] == [True]
    plain = replace(resolved.scenario.uncertainties[0], deep=False)
    assert plain.value == resolved.scenario.uncertainties[0].value


def test_a_bare_range_that_is_set_is_deep_no_more(tmp_path):
    """A value is a value."""
    scenario_of(tmp_path, "uncertainties:\n  reluctance: {deep: [4, 12], assumption: nobody can say}\n")
    made = read_scenario(tmp_path / "unknown.yaml", sets=["reluctance=5"])
    assert [item.deep for item in made.scenario.uncertainties] == [False]
