"""Random small exercises: actors with orders of every kind, chance between them, a reading, sometimes a ladder."""

from hypothesis import strategies as st

from tests.classroom.toys import HEAD

DAYS = st.integers(1, 12)
ORDERS = st.lists(st.sampled_from(["push", "pull", "spend", "wait"]), min_size=1, max_size=3, unique=True)
WAYS = st.sampled_from(
    ["rate: 1 / {} days", "after: lognormal(median={} days, sigma=0.4)", "chance: 30% in {} days"],
)
LIMITS = st.sampled_from(["heat < 40", "heat > 1", "not calm"])
SEEN = st.sampled_from(["seen", "seen.spy", "seen, seen.spy"])
LADDER = """
ladders:
  south:
    rungs:
      - {id: words, label: Words}
      - id: deeds
        label: Deeds
        climb: {when: seen > 2, decide: "lognormal(median=3 days, sigma=0.3)", deliver: 2 days, assumption: invented}
"""
ORDER = """
  {name}:
    actor: {actor}
    while: {limit}
    {way}
    draw: {{size: "uniform(0, {size})"}}
    effect: {{heat_{actor}: heat_{actor} + size}}
    order: {order}
    play: {{per_turn: 2, help: Do it}}
    assumption: invented
"""
WORLD = """
uncertainties:
  pace: {{value: "uniform(1, {most})", assumption: invented}}
state:
  heat_north: {{initial: {first}, assumption: invented}}
  heat_south: {{initial: pace, assumption: invented}}
  calm: {{initial: false, assumption: invented}}
derived:
  heat: {{value: heat_north + heat_south}}
intelligence:
  seen:
    of: heat
    initial: 3
    combine: latest
    reports:
      spy:
        every: {looks} days
        lag: exponential(mean=1 day)
        error: lognormal(median=1, sigma=0.3)
        assumption: invented
measures:
  calmed: {{ever: calm, better: higher}}
  hottest: {{max: heat}}
  when_calm: {{first: calm}}
events:
  cool:
    while: heat > {cools_at}
    rate: pace / {cools_in} days
    effect: {{heat_north: heat_north / 2}}
    assumption: invented
  calms: {{when: heat > 15, after: exponential(mean={calms} days), effect: {{calm: true}}, assumption: invented}}
"""


@st.composite
def exercises(draw: st.DrawFn) -> str:
    """The text of a scenario of three turns of five days."""
    names = ["most", "first", "looks", "cools_at", "cools_in", "calms"]
    world = WORLD.format(**{name: draw(DAYS) for name in names} | {"most": 1 + draw(DAYS)})
    orders = {actor: [f"{actor}_{each}" for each in draw(ORDERS)] for actor in ("north", "south")}
    for actor, own in orders.items():
        for name in own:
            place = sorted(orders["north"] + orders["south"]).index(name)
            way, limit = draw(WAYS).format(draw(DAYS)), draw(LIMITS)
            world += ORDER.format(name=name, actor=actor, limit=limit, way=way, size=draw(DAYS), order=place)
    if draw(st.booleans()):
        world += LADDER
        orders["south"].append("south")
    roles = f"""
classroom:
  turn: 5 days
  turns: 3
  projector: [heat]
  roles:
    north: {{sees: [heat, calm], orders: [{", ".join(orders["north"])}]}}
    south: {{sees: [heat, calm, {draw(SEEN)}], orders: [{", ".join(orders["south"])}]}}
"""
    return HEAD + world + roles
