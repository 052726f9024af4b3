"""The charts of a report, each with its sentence and table, in the order of the page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from escalation.experiments.analysis import Analysis, Difference
from escalation.experiments.analysis_over_time import FirstTime, LadderOverTime, Path, Sight
from escalation.experiments.analysis_questions import Question
from escalation.experiments.convergence import Convergence
from escalation.reporting import record, sentences
from escalation.reporting.chart_convergence import draw_convergence
from escalation.reporting.chart_fan import draw_fans
from escalation.reporting.chart_incidence import draw_incidence
from escalation.reporting.chart_ladder import draw_ladder
from escalation.reporting.chart_paired import draw_paired
from escalation.reporting.chart_record import Marks, marks_of
from escalation.reporting.decimals import (
    answer,
    answer_range,
    count,
    difference,
    difference_range,
    error_of,
    percent,
    percent_range,
    plus_minus,
    quantity,
    quantity_range,
    short_date,
)
from escalation.reporting.drawing import Frame
from escalation.reporting.first_time_table import first_time_table
from escalation.reporting.palette import BLUE, ORANGE
from escalation.reporting.repeats import repeated
from escalation.reporting.scales import scale_of, scales
from escalation.reporting.summary import told_days
from escalation.reporting.view import Chart, Group, Table
from escalation.statistics.fan import Fan


@dataclass(frozen=True, slots=True)
class Charts:
    """Draws the charts of one analysis."""

    analysis: Analysis

    @property
    def labels(self) -> dict[str, str]:
        """Policies' labels by their names."""
        return {policy.name: policy.label for policy in self.analysis.policies}

    def _frame(self, name: str, title: str, alt: str) -> Frame:
        return Frame(name, title, alt, self.analysis.start, self.analysis.horizon)

    def ladders(self) -> Iterator[Group]:
        """A group a ladder, a chart a policy."""
        names = dict.fromkeys(each.ladder for each in self.analysis.ladders)
        for number, ladder in enumerate(names, start=1):
            stages = [each for each in self.analysis.ladders if each.ladder == ladder]
            by_policy = [list(part) for _, part in groupby(stages, key=lambda each: each.policy)]
            yield Group(
                stages[0].label or ladder,
                "Every trajectory stands on one rung at a time; the areas are the shares of trajectories on each.",
                tuple(self._ladder(number, place, part) for place, part in enumerate(by_policy, start=1)),
            )

    def _ladder(self, number: int, place: int, stages: Sequence[LadderOverTime]) -> Chart:
        start, label = self.analysis.start, self.labels[stages[0].policy]
        sentence = sentences.ladder(stages, label, start)
        name = file_name(f"ladder-{number}-{place}", stages[0].policy)
        alt = f"Stacked areas over time. {sentence}"
        header = ("Day", *(f"{name}, {stage.stage}" for stage in stages for name in stage.labels))
        rows = tuple(
            (short_date(start, stages[0].days[day]), *(percent(share[day]) for each in stages for share in each.shares))
            for day in told_days(stages[0].days)
        )
        caption = f"Share of {count(stages[0].n)} trajectories on each rung: {label}"
        title = f"{stages[0].label or stages[0].ladder}: {label}"
        drawing = draw_ladder(stages, self._frame(name, title, alt))
        return Chart(name, title, sentence, drawing, Table(caption, header, rows))

    def incidence(self) -> Iterator[Group]:
        """A group a ladder with a chart a policy, then a group for what the author asked the first time of."""
        climbs = [each for each in self.analysis.first_times if each.ladder]
        for number, ladder in enumerate(dict.fromkeys(each.ladder for each in climbs), start=1):
            of = [each for each in climbs if each.ladder == ladder]
            charts = tuple(
                self._climb(number, place, [each for each in of if each.policy == policy])
                for place, policy in enumerate(self.labels, start=1)
            )
            note = "The share of trajectories in which each rung, or a higher one, has been reached by a day. "
            yield Group(
                self._ladder_label(ladder), note + self._scale_note(of) + self._band_note(), charts, self._when(of)
            )
        written = [each for each in self.analysis.first_times if not each.ladder]
        if written:
            keys = dict.fromkeys(each.key for each in written)
            charts = tuple(
                self._event(place, [each for each in written if each.key == key]) for place, key in enumerate(keys, 1)
            )
            note = "The share of trajectories in which it has come, each chart on a scale of its own. "
            yield Group("Other first times", note + self._band_note(), charts, self._when(written))

    @property
    def _scales(self) -> dict[str, float]:
        return scales(self.analysis.first_times)

    def _when(self, lines: Sequence[FirstTime]) -> Table | None:
        named = [(self.labels[each.policy], f"{each.label} {each.stage}".strip(), each) for each in lines]
        return first_time_table(named, self.analysis.start)

    def _scale_note(self, lines: Sequence[FirstTime]) -> str:
        stages = {scale_of(each): each.stage for each in lines}
        if all(self._scales[name] == 1.0 for name in stages):
            return ""
        ends = sentences.joined([f"{percent(self._scales[name])} ({stage})" for name, stage in stages.items()])
        return f"Mind the scales, which end at {ends}, alike for all policies. "

    def _ladder_label(self, ladder: str) -> str:
        return next((each.label for each in self.analysis.ladders if each.ladder == ladder and each.label), ladder)

    def _band_note(self) -> str:
        level = percent(self.analysis.level)
        return f"Bands are simulation error, not a range across futures: {level} of such bands hold the whole curve."

    def _climb(self, number: int, place: int, lines: Sequence[FirstTime]) -> Chart:
        label = self.labels[lines[0].policy]
        stages = dict.fromkeys(each.stage for each in lines)
        panels = []
        for stage in stages:
            here = [each for each in lines if each.stage == stage]
            heading = f"{stage.capitalize()}: share of trajectories"
            panels.append(
                (heading, self._scales[scale_of(here[0])], [(self._rung(each), each.label, each) for each in here])
            )
        name = file_name(f"incidence-{number}-{place}", lines[0].policy)
        title = f"{self._ladder_label(lines[0].ladder)}: {label}"
        return self._incidence(name, title, panels, [(f"{each.label} {each.stage}", each) for each in lines])

    def _rung(self, told: FirstTime) -> int:
        """The place of a rung on its ladder, which has one colour in all charts."""
        stages = [each for each in self.analysis.ladders if each.ladder == told.ladder]
        rung = told.key.rsplit(".", 2)[-2]
        return stages[0].rungs.index(rung) if stages and rung in stages[0].rungs else 0

    def _event(self, place: int, lines: Sequence[FirstTime]) -> Chart:
        label = lines[0].label
        drawn = [(lines.index(alike[0]), self._policies(alike, lines), alike[0]) for alike in same_curves(lines)]
        panels = [("Share of trajectories", self._scales[scale_of(lines[0])], drawn)]
        name = file_name(f"first-{place}", lines[0].key)
        return self._incidence(name, label, panels, [(text, each) for _, text, each in drawn])

    def _policies(self, alike: Sequence[FirstTime], lines: Sequence[FirstTime]) -> str:
        """The policies of one curve."""
        if len(alike) == len(lines) > 1:
            return "every policy"
        return sentences.joined([self.labels[each.policy] for each in alike])

    def _incidence(
        self,
        name: str,
        heading: str,
        panels: Sequence[tuple[str, float, list[tuple[int, str, FirstTime]]]],
        named: Sequence[tuple[str, FirstTime]],
    ) -> Chart:
        start = self.analysis.start
        said = sentences.first_time(named, start)
        drawing = draw_incidence(panels, self._frame(name, heading, f"{heading}: cumulative incidence. {said}"))
        times = named[0][1].incidence.times.tolist()
        rows = tuple(
            (short_date(start, times[day]), *(_share_at(told, day) for _, told in named)) for day in told_days(times)
        )
        of = count(named[0][1].incidence.n)
        caption = f"{heading}: share of {of} trajectories in which it has come, with its interval"
        return Chart(name, heading, said, drawing, Table(caption, ("Day", *(text for text, _ in named)), rows))

    def sights(self) -> Iterator[Group]:
        """A group a reading, a chart a policy; one chart for all of them where policies do not touch what it shows."""
        for number, reading in enumerate(dict.fromkeys(each.reading for each in self.analysis.sights), start=1):
            of = [each for each in self.analysis.sights if each.reading == reading]
            alike = len(of) > 1 and all(_same_fans(each, of[0]) for each in of)
            note = f"{FAN} Dotted in the lower panel: the true median again."
            if alike:
                charts: tuple[Chart, ...] = (self._sight(number, 1, of[0], "every policy", "every-policy"),)
            else:
                charts = tuple(
                    self._sight(number, place, each, self.labels[each.policy], each.policy)
                    for place, each in enumerate(of, start=1)
                )
            yield Group(f"{of[0].label}: what is true and what {_who_sees(of[0])}", note, charts)

    def _sight(self, number: int, place: int, told: Sight, label: str, file: str) -> Chart:
        start = self.analysis.start
        said = sentences.sight(told, label if label == "every policy" else sentences.quoted(label), start)
        name = file_name(f"seen-{number}-{place}", file)
        unit = f" ({told.unit})" if told.unit not in ("", "%") else ""
        panels = [
            (f"What is true{unit}", told.days, told.truth, BLUE),
            (f"What {_who_sees(told)}{unit}", told.days, told.seen, ORANGE),
        ]
        title = f"{told.label}: {label}"
        marks = self._marks({0: f"true:{told.reading}", 1: f"seen:{told.reading}"})
        said = " ".join([said, *record.marks(marks)])
        frame = self._frame(name, title, f"Fan charts. {said}")
        drawing = draw_fans(panels, frame, told.truth.lines[2], marks, self._window, told.unit)
        table = self._fan_table(title, told.days, {"True": told.truth, "Seen": told.seen}, told.unit)
        return Chart(name, title, said, drawing, record.with_said(table, marks, start))

    def _marks(self, fans: dict[int, str]) -> dict[int, tuple[Marks, ...]]:
        """Public estimates to draw over the panels of a chart, by their place."""
        said = () if self.analysis.record is None else self.analysis.record.said
        return {place: marks for place, fan in fans.items() if (marks := marks_of(said, fan))}

    @property
    def _window(self) -> float:
        return 0.0 if self.analysis.record is None else self.analysis.record.window

    def _fan_table(self, caption: str, days: Sequence[float], fans: dict[str, Fan], unit: str) -> Table:
        header = ["Day"]
        for side in fans:
            before = f"{side}: " if side else ""
            header += [
                f"{before}median",
                f"{before}middle half",
                f"{before}90\u202f% of trajectories",
                f"{before}with a value",
            ]
        rows = []
        for day in told_days(days):
            cells = [short_date(self.analysis.start, days[day])]
            for fan in fans.values():
                low, lower, middle, upper, high = (float(line[day]) for line in fan.lines)
                own = unit if unit == "%" else ""
                cells += [
                    quantity(middle, own),
                    quantity_range(lower, upper, own, None),
                    quantity_range(low, high, own, None),
                ]
                cells.append(count(int(fan.present[day])))
            rows.append(tuple(cells))
        return Table(caption + (f", in {unit}" if unit not in ("", "%") else ""), tuple(header), tuple(rows))

    def paths(self) -> Iterator[Group]:
        """The author's own series under the policy that others are compared with."""
        of = [each for each in self.analysis.paths if each.policy == self.analysis.against]
        if of:
            note = f"{FAN} The other policies are in summary.csv and series.parquet."
            yield Group(
                f"Under {sentences.quoted(self.labels[self.analysis.against])}",
                note,
                tuple(self._path(place, each) for place, each in enumerate(of, 1)),
            )

    def _path(self, place: int, told: Path) -> Chart:
        start, label = self.analysis.start, self.labels[told.policy]
        said = sentences.path(told, label, start)
        name = file_name(f"path-{place}", told.key)
        heading = told.unit.capitalize() if told.unit not in ("", "%") else "Value"
        title = f"{told.label}: {label}"
        marks = self._marks({0: f"path:{told.key}"})
        said = " ".join([said, *record.marks(marks)])
        frame = self._frame(name, title, f"{told.label}: fan chart. {said}")
        drawing = draw_fans([(heading, told.days, told.fan, BLUE)], frame, None, marks, self._window, told.unit)
        table = self._fan_table(told.label, told.days, {"": told.fan}, told.unit)
        return Chart(name, title, said, drawing, record.with_said(table, marks, start))

    def compared(self) -> Iterator[Group]:
        """A chart a question: the rungs, then the author's measures; none where every policy is identical."""
        against = self.labels[self.analysis.against]
        note = (
            f"Each policy less {sentences.quoted(against)}, trajectory by trajectory, future and luck being the same. "
            f"A dot is the mean difference, a bar its {percent(self.analysis.level)} interval (simulation error); "
            "the grey zone, where there is one, is too small to matter."
        )
        asked = {question.key: question for question in self.analysis.questions}
        again = repeated(self.analysis)
        for heading, watched in (("Rungs", True), ("Measures", False)):
            found = [
                (asked[key], list(rows))
                for key, rows in groupby(self.analysis.differences, key=lambda each: each.question)
                if asked[key].watched == watched
            ]
            drawn = [each for each in found if any(row.paired.verdict != "identical" for row in each[1])]
            same = [question.label for question, _ in found if question not in [each[0] for each in drawn]]
            drawn = [each for each in drawn if each[0].key not in again]
            tail = f" Identical under every policy, so not drawn: {sentences.joined(same)}." if same else ""
            if drawn or same:
                charts = [self._paired(heading, place, *each) for place, each in enumerate(drawn, start=1)]
                yield Group(heading, (note + tail).strip(), tuple(charts))
                note = ""

    def convergence(self) -> Iterator[Group]:
        """A chart for each answer of the headline."""
        charts = tuple(self._settled(place, each) for place, each in enumerate(self.analysis.convergence, start=1))
        if charts:
            level = percent(self.analysis.level)
            note = (
                f"Blue: the range across futures. Orange: the mean and its {level} interval (simulation error). "
                "Each step has all futures of the one before it and as many again; the last has all there are."
            )
            yield Group("", note, charts)

    def _settled(self, place: int, told: Convergence) -> Chart:
        question = self.analysis.question(told.question)
        said = sentences.convergence(question, told, self.labels[told.policy])
        name = file_name(f"convergence-{place}", question.key)
        title = f"{question.label}: as futures were added"
        rows = []
        for step in told.steps:
            error, low, high = error_of(step.estimate), step.across.low, step.across.high
            ends = answer_range(question, low.value, high.value, error) if low and high else step.across.reason
            mean = answer(question, step.estimate.value, error)
            cells = (mean, plus_minus(question, error), ends, count(step.estimate.n))
            rows.append((count(step.futures), *cells))
        header = ("Futures", "Mean", "Simulation error", "Range across futures", "n")
        drawing = draw_convergence(question, told, self._frame(name, title, f"Bars by number of futures. {said}"))
        return Chart(name, title, said, drawing, Table(title, header, tuple(rows)))

    def _paired(self, heading: str, place: int, question: Question, differences: Sequence[Difference]) -> Chart:
        rows = [(self.labels[each.policy], each) for each in differences]
        against = self.labels[self.analysis.against]
        said = sentences.compared(question, rows, against)
        name = file_name(f"compared-{heading.lower()}-{place}", question.key)
        drawing = draw_paired(question, rows, self._frame(name, question.label, f"Dots and intervals. {said}"))
        table = Table(
            f"{question.label}: paired difference from {against}",
            ("Policy", "Difference", "Interval", "Pairs", "of them unequal", "left out", "Verdict"),
            tuple((label, *difference_cells(question, each)) for label, each in rows),
        )
        return Chart(name, question.label, said, drawing, table)


def difference_cells(question: Question, each: Difference) -> tuple[str, ...]:
    """Difference, interval, pairs, unequal pairs, pairs left out, verdict."""
    told = each.paired.estimate
    error = error_of(told)
    bounded = told.low is not None and told.high is not None
    return (
        difference(question, told.value, error),
        difference_range(question, told.low, told.high, error) if bounded else told.reason or "none",  # type: ignore[arg-type]
        count(each.paired.pairs),
        count(each.paired.differing),
        count(each.paired.left_out),
        each.paired.verdict,
    )


def _share_at(told: FirstTime, day: int) -> str:
    at = told.incidence.at(day)
    error = error_of(at)
    share = percent(at.value, error)
    if at.low is None or at.high is None:
        return share
    return f"{share} ({percent_range(at.low, at.high, error)})"


FAN = (
    "Dark: the middle half of trajectories; light: 90\u202f% of them; line: the median. This is the spread of single "
    "trajectories, not an error."
)


def _who_sees(told: Sight) -> str:
    return f"{sentences.joined(told.seen_by) or 'everybody'} {'see' if len(told.seen_by) > 1 else 'sees'}"


def _same_fans(first: Sight, second: Sight) -> bool:
    """Whether two policies have the same truth and the same reading, to the last bit."""
    return all(
        np.array_equal(one.lines, other.lines, equal_nan=True) and np.array_equal(one.present, other.present)
        for one, other in ((first.truth, second.truth), (first.seen, second.seen))
    )


def file_name(place: str, what: str) -> str:
    """A file name without ending in plain letters, whatever the thing is called; unique by its place."""
    slug = re.sub(r"[^a-z0-9]+", "-", what.lower())[:40].strip("-")
    return f"{place}-{slug}" if slug else place


def same_curves(lines: Sequence[FirstTime]) -> list[list[FirstTime]]:
    """Lines in groups of which all are the same curve, in the order in which each curve first comes."""
    found: dict[bytes, list[FirstTime]] = {}
    for each in lines:
        found.setdefault(each.incidence.value.tobytes(), []).append(each)
    return list(found.values())
