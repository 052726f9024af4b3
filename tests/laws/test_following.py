"""Rules that follow: each firing of the leader starts a delay of its own, which carries what that firing drew."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.chance.streams import Streams
from escalation.model.calendar import DAY
from escalation.model.process import Dated, Edge, Following, Hazard, Periodic
from tests.models import Sketch, fired


def day(number: float) -> Dated:
    return Dated(f"2030-01-01 + {number!r} days")


def lifts(lag: str = "10 days", *, every: str = "3 days", days: float = 40, pool: int = 100, **more: object) -> Sketch:
    """Ships of a size of their own sail every three days and land ten days later."""
    sketch = Sketch(days=days, afloat=0.0, landed=0.0, storm=False)
    sketch.event("sail", Periodic(every), {"afloat": "afloat + sail.size"}, {"size": "poisson(5)"})
    effect = {"afloat": "afloat - sail.size", "landed": "landed + sail.size"}
    return sketch.event("land", Following("sail", lag, pool, **more), effect)


def days_of(sketch: Sketch, rule: str, **options: object) -> list[float]:
    trajectory = sketch.run(record=True, verify=True, **options)
    assert trajectory.failure is None, trajectory.failure
    return [time for time, name in fired(trajectory) if name == rule]


def test_each_firing_starts_a_delay_of_its_own():
    """Three ships are at sea together, and each lands ten days after it sailed."""
    assert days_of(lifts(), "land") == [13 + 3 * k for k in range(10)]


def test_the_follower_reads_the_draws_of_its_own_leader_s_firing():
    """Whatever sailed since: what lands is what sailed ten days before, ship by ship."""
    log = lifts().run(record=True).log
    sailed = [dict(firing.draws)["sail.size"] for firing in log if firing.rule == "sail"]
    landed = [after - before for firing in log for name, before, after in firing.changed if name == "landed"]
    assert len(landed) == 10
    assert landed == [size for size in sailed[: len(landed)] if size]


@settings(derandomize=True, deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(["exponential(mean=9 days)", "uniform(0 days, 20 days)", "0 days"]))
def test_nothing_is_lost_or_counted_twice(luck, lag):
    """Delays overtake one another, and what has landed and is afloat is always what sailed."""
    sketch = lifts(f"{lag} + sail.size * 1 day" if lag != "0 days" else lag, every="exponential(mean=1 day)")
    trajectory = sketch.run(luck, record=True, verify=True)
    at_sea: Counter[float] = Counter()
    for firing in trajectory.log:
        size = dict(firing.draws)["sail.size"] if firing.rule == "sail" else dict(firing.because)["sail.size"]
        at_sea[size] += 1 if firing.rule == "sail" else -1
        assert min(at_sea.values()) >= 0
    assert sum(firing.rule == "land" for firing in trajectory.log) > 5


def test_the_delay_may_read_what_the_leader_drew():
    """A ship of size n takes n days."""
    log = lifts("sail.size * 1 day", days=60).run(record=True).log
    for firing in log:
        if firing.rule == "land":
            assert firing.time - firing.began == dict(firing.because)["sail.size"] * DAY


def test_the_kth_firing_of_the_leader_draws_delay_number_k():
    """Law 13: the delay's stream is `land.after`, and a delay that `unless` prevents takes its number too."""
    times = days_of(lifts("uniform(0 days, 1 day)"), "land")
    stream = Streams(1, 0).stream("land.after")
    assert times == pytest.approx([3 * (k + 1) + stream.uniform(k) for k in range(len(times))], abs=2e-8)
    held = lifts("uniform(0 days, 1 day)", unless="storm").event("s", day(2), {"storm": "true"})
    held.event("calm", day(8), {"storm": "false"})
    assert days_of(held, "land") == times[2:]


def test_a_follower_draws_after_its_leader_s_effect():
    """The delay reads the state that the leader's effect has left."""
    sketch = Sketch(days=20, x=1.0).event("a", day(1), {"x": "x + 1"})
    assert days_of(sketch.event("b", Following("a", "x * 1 day", 9)), "b") == [3]


def test_unless_true_at_the_leader_s_firing_prevents_and_later_withdraws_all():
    """A storm on day 10 withdraws the two ships at sea and keeps the next from sailing; after it they sail again."""
    sketch = lifts(unless="storm").event("s", day(10), {"storm": "true"}).event("e", day(16), {"storm": "false"})
    assert days_of(sketch, "land") == [28, 31, 34, 37, 40]


def test_unless_may_become_true_by_the_follower_s_own_effect():
    """The first landing raises the storm that withdraws those behind it."""
    sketch = Sketch(days=40, storm=False).event("sail", Periodic("3 days"))
    sketch.event("land", Following("sail", "10 days", 9, unless="storm"), {"storm": "true"})
    assert days_of(sketch, "land") == [13]


def test_without_a_delay_it_fires_in_the_leader_s_instant():
    """A delay of nothing is over in the same instant, after it in the log."""
    sketch = lifts("0 days")
    log = sketch.run(record=True).log
    assert [firing.rule for firing in log][:4] == ["sail", "land", "sail", "land"]
    assert log[0].time == log[1].time


def test_delays_due_in_one_instant_fire_in_the_order_of_their_leaders():
    """Two ships that land together land as they sailed."""
    sketch = lifts("12 days if sail.size >= 0 and count(sail) == 1 else 9 days", days=20)
    log = [f for f in sketch.run(record=True).log if f.rule == "land"]
    assert [(f.time / DAY, f.began / DAY) for f in log[:3]] == [(15, 3), (15, 6), (18, 9)]


def test_a_full_pool_is_an_error_that_names_the_rule():
    """A fourth ship at sea is one more than three."""
    failure = lifts(pool=3, every="2 days").run().failure
    assert (failure.rule, failure.time) == ("land", 8 * DAY)
    assert "more than 3 of sail are on their way at once" in failure.message
    assert lifts(pool=4).run().failure is None


def test_a_follower_may_follow_a_follower_and_hand_on_a_draw():
    """A draw of the leader drawn again by the follower is read by the one that follows it."""
    sketch = lifts().event("land", Following("sail", "10 days", 9), {}, {"size": "sail.size"})
    sketch.event("fight", Following("land", "1 day", 9), {"landed": "landed + land.size"})
    log = sketch.run(record=True).log
    sizes = [dict(f.draws)["sail.size"] for f in log if f.rule == "sail"]
    assert [dict(f.because)["land.size"] for f in log if f.rule == "fight"] == sizes[:9]


def test_a_rule_of_a_ladder_can_be_followed():
    """An answer comes five days after each decision of the rung."""
    sketch = Sketch(days=30, need=True).ladder("seoul", {"aid": {}, "arms": {"when": "need", "decide": "4 days"}})
    assert days_of(sketch.event("answer", Following("seoul.arms.decide", "5 days", 9)), "answer") == [9]


def test_a_rule_that_a_ladder_does_not_need_may_be_followed():
    """A rung whose condition is always true is never withdrawn, so what follows that never fires."""
    sketch = Sketch(days=30).ladder("seoul", {"aid": {}, "arms": {"when": "true", "decide": "4 days"}})
    assert days_of(sketch.event("answer", Following("seoul.arms.withdraw", "5 days", 9)), "answer") == []


def test_choices_hand_on_their_own_draws():
    """A choice's followers, at once or later, read the draws of its own firing, whatever else is chosen in between."""
    sketch = Sketch(days=30, last=0.0, other=0.0)
    sketch.event("b", Periodic("5 days"), {"last": "b.size"}, {"size": "elapsed / 1 day"}, actor="kim")
    sketch.event("a", Periodic("5 days"), {"other": "other + 1"}, actor="lee")
    sketch.event("mid", Edge("other > 1", "0 days"), {})
    sketch.event("f", Following("b", "5 days", 9), {}, {"size": "b.size"})
    sketch.event("g", Following("b", "0 days if other > 1 else 0 days", 9), {}, {"size": "b.size"})
    log = sketch.run(record=True, verify=True).log
    assert [dict(f.draws)["b.size"] for f in log if f.rule == "b"] == [5, 10, 15, 20, 25, 30]
    assert [dict(f.draws)["f.size"] for f in log if f.rule == "f"] == [5, 10, 15, 20, 25]
    assert [dict(f.draws)["g.size"] for f in log if f.rule == "g"] == [5, 10, 15, 20, 25, 30]


def test_a_switch_turns_a_follower_off():
    """`land.active: false`: nothing lands, and what sails stays afloat."""
    sketch = lifts().policy("no", land__active=False)
    assert days_of(sketch, "land", policy="no") == []
    assert len(days_of(sketch, "sail", policy="no")) == 13


def test_a_log_says_which_firing_began_the_delay():
    """A trace names the leader, the instant and what it drew, and the leader's firing says that it started one."""
    log = lifts().run(record=True).log
    first = next(firing for firing in log if firing.rule == "land")
    assert first.began == 3 * DAY
    assert first.because == (("sail.size", dict(log[0].draws)["sail.size"]),)
    assert first.time - first.began == 10 * DAY
    assert "land" in log[0].enabled


def test_a_log_says_when_the_delay_of_an_edge_began():
    """What a delayed firing rests on is told as of the instant at which its condition became true."""
    sketch = Sketch(days=30, x=False).event("x", day(4), {"x": "true"})
    sketch.event("e", Edge("x", "2 days", "7 days"))
    (firing,) = (each for each in sketch.run(record=True).log if each.rule == "e")
    assert (firing.time / DAY, firing.began / DAY, firing.because) == (13, 4, (("x", True),))


def test_the_laws_of_hazards_hold_of_a_leader():
    """A leader of any kind may be followed: a hazard's firings each start a delay."""
    sketch = Sketch(days=200).event("a", Hazard("1 / 5 days", "true"))
    sketch.event("b", Following("a", "7 days", 99))
    starts, ends = days_of(sketch, "a"), days_of(sketch, "b")
    assert ends == pytest.approx([start + 7 for start in starts if start + 7 <= 200], abs=1e-7)
