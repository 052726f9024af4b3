import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.experiments.design import DesignError, plain_design

POLICIES = ["first", "second", "third"]


def test_trajectory_t_has_luck_t_and_future_t_over_fifty():
    """Ten thousand trajectories are 200 futures of 50."""
    design = plain_design(POLICIES, 10_000)
    assert design.futures == 200
    points = [design.point("first", number) for number in (0, 49, 50, 9_999)]
    assert [(point.future, point.luck) for point in points] == [(0, 0), (0, 49), (1, 50), (199, 9_999)]


def test_a_smaller_run_is_the_beginning_of_a_larger_one():
    """Fifty a future holds for every n, so the first 2,000 points do not depend on n."""
    small, large = plain_design(POLICIES, 2_000), plain_design(POLICIES, 10_000)
    assert all(small.point("second", t) == large.point("second", t) for t in range(2_000))


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 700), st.integers(1, 3), st.integers(1, 300))
def test_blocks_hold_every_trajectory_of_every_policy_once(n, policies, size):
    """Whatever their size, blocks are a partition of the design."""
    design = plain_design(POLICIES[:policies], n)
    met = [(block.policy, t) for block in design.blocks(size) for t in range(block.first, block.last)]
    assert sorted(met) == sorted((policy, t) for policy in design.policies for t in range(n))


def test_futures_share_the_trajectories_equally():
    """With `futures`, K is n divided by it."""
    design = plain_design(POLICIES, 600, futures=100)
    assert (design.per_future, design.futures) == (6, 100)


def test_futures_that_do_not_divide_are_refused_with_the_nearest_that_do():
    """The message names the divisors on both sides."""
    with pytest.raises(DesignError, match=r"are 100 and 120$"):
        plain_design(POLICIES, 600, futures=101)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"n": 0}, "at least one"),
        ({"n": 10**13}, "at most 1,000,000,000,000"),
        ({"n": 10, "futures": 0}, "1 to 10 futures"),
        ({"n": 10, "futures": 11}, "1 to 10 futures"),
        ({"n": 10, "seed": -1}, "seed"),
        ({"n": 10, "seed": 2**64}, "seed"),
        ({"n": 10, "policies": ["fourth"]}, "no policy 'fourth'; there are first, second, third"),
        ({"n": 10, "policies": []}, "no policy to run"),
    ],
)
def test_a_design_that_cannot_be_run_is_refused(given, said):
    """Each refusal says what would do."""
    with pytest.raises(DesignError, match=said):
        plain_design(POLICIES, **given)


def test_policies_keep_the_order_of_the_model():
    """However they were asked for."""
    assert plain_design(POLICIES, 1, policies=["third", "first"]).policies == ("first", "third")
