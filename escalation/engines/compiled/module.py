"""The text of a model: its functions, the start of a trajectory, the loop over alarms, and the loop over a piece."""

from dataclasses import dataclass

from escalation.engines.compiled import definitions
from escalation.engines.compiled.calendar import ADD_MONTHS
from escalation.engines.compiled.clocks import Clock, DatedClock, HazardClock, PeriodicClock
from escalation.engines.compiled.delays import EdgeClock, FollowingClock, WaitingClock
from escalation.engines.compiled.expressions import Place, is_closed
from escalation.engines.compiled.firing import Firing
from escalation.engines.compiled.gauges import Gauges
from escalation.engines.compiled.layout import (
    BRANCH,
    FAULT,
    FIRINGS,
    FUTURE,
    FUTURE_SEED,
    LANES,
    LIMIT,
    LINE,
    LUCK,
    NEVER,
    NOW,
    OWN,
    SEED,
    WORD,
)  # fmt: skip
from escalation.engines.compiled.scripts import Scripting
from escalation.engines.compiled.state import State
from escalation.engines.compiled.text import APART, Text
from escalation.engines.wiring import is_number
from escalation.model.process import Dated, Edge, Following, Hazard, Model, Periodic, Waiting

DONE, STOPPED, LOG_FULL = 0, 1, 2
"""Why `piece` came back."""
ARGUMENTS = (
    "seed", "next", "count", "lucks", "futures", "rows", "table", "image", "values", "series", "status", "log",
    "log_capacity", "log_used", "stop", "branch", "charted", "resumed", "script", "steps", "held", "items",
)  # fmt: skip
"""Words that `piece` is given; pointers as whole numbers. `next` and `log_used` are changed; `charted` have series.

resumed: 1 if each trajectory has an image of its own, with its address, and goes on from there; else 0. script to
items: see `scripts`.
"""
STATUS = 3
"""Words told of each trajectory: its fault, its firings, the instant it ended."""

KINDS: dict[type, type[Clock]] = {
    Dated: DatedClock,
    Periodic: PeriodicClock,
    Hazard: HazardClock,
    Waiting: WaitingClock,
    Edge: EdgeClock,
    Following: FollowingClock,
}

DECLARATIONS = """\
declare double @llvm.fabs.f64(double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)
declare i64 @llvm.smin.i64(i64, i64)
declare <8 x i64> @llvm.smin.v8i64(<8 x i64>, <8 x i64>)
declare i64 @llvm.vector.reduce.smin.v8i64(<8 x i64>)
define internal APART void @fault(ptr %s, i64 %who) noinline {
  %p = getelementptr i8, ptr %s, i64 FAULT
  %before = load i64, ptr %p, align 8
  %first = icmp eq i64 %before, 0
  %kept = select i1 %first, i64 %who, i64 %before
  store i64 %kept, ptr %p, align 8
  ret void
}
""".replace("FAULT", str(FAULT)).replace("APART", APART)


@dataclass(frozen=True)
class Module:
    """A model as text. log_wide: doubles and words of one firing in a log."""

    ir: str
    state: State
    clocks: tuple[Clock, ...]
    gauges: Gauges
    symbols: frozenset[str]
    log_wide: int
    draws_future: bool


def module(model: Model, *, scripted: bool = False) -> Module:
    """Write a model's functions. scripted: so that decisions and firings can come from outside."""
    state = State(model, scripted=scripted)
    gauges = Gauges(state)
    clocks: list[Clock] = [KINDS[type(rule.clock)](state, rank, rule) for rank, rule in enumerate(model.rules)]
    alarm = 0
    for clock in clocks:
        clock.first_alarm = alarm
        alarm += clock.alarms
    firing = Firing(state, clocks, gauges)
    made = [firing.function(rank) for rank in range(len(clocks))]
    made += firing.commit()
    made += [firing.derive(index) for index in range(len(model.derived))]
    made += [text for clock in clocks for text in clock.functions()]
    made += _dues(clocks)
    draws_future = not model.together and not model.joint_draws
    made += [_future(state, draws_future), _start(state, clocks, gauges, firing)]
    if scripted:
        places = {name: index * WORD for index, name in enumerate(ARGUMENTS)}
        made += Scripting(state, clocks, firing, places).functions()
    made += [_look(clock) for clock in clocks if clock.needed]
    made += gauges.functions()
    made += [_run(state, gauges), _piece(state, gauges)]
    chance = state.chance
    made += [*chance.makers.values(), *chance.fills.values()]
    made += [ADD_MONTHS] if state.calendar else []
    wide = 4 + max((len(rule.draws) for rule in model.rules), default=0)
    called = definitions.definitions({*chance.functions, "e_log"})
    ir = "\n".join((DECLARATIONS, _tables(state, clocks, wide), *made, called))
    ir = ir.replace("IMAGE_BYTES", str(len(state.layout.image) * WORD))
    return Module(ir, state, tuple(clocks), gauges, definitions.externals(chance.functions), wide, draws_future)


def _look(clock: Clock) -> str:
    text = Text(f"void @look_{clock.rank}(ptr %s, i64 %now)")
    resting = clock.state.at_rest(clock.rank)
    if resting is None:
        clock.look(text)
    else:
        with text.when(text.negate(text.load_truth(resting))):
            clock.look(text)
    return text.finished()


def _dues(clocks: list[Clock]) -> list[str]:
    """Functions of alarms that do more than fire, and the table of what every alarm calls."""
    made, called = [], []
    for clock in clocks:
        for alarm in range(clock.alarms):
            name = f"fire_{clock.rank}" if clock.is_firing(alarm) else f"due_{clock.first_alarm + alarm}"
            called.append(f"ptr @{name}")
            if not clock.is_firing(alarm):
                text = Text(f"void @{name}(ptr %s, i64 %now)")
                clock.due(text, alarm)
                made.append(text.finished())
    return [f"@alarms = internal constant [{len(called)} x ptr] [{', '.join(called)}]", *made]


def _future(state: State, drawn: bool) -> str:
    """`future`: the uncertainties, which only the future fixes, in their slots."""
    text = Text("void @future(ptr %s)")
    for item in state.model.uncertainties if drawn else ():
        value = state.lowering.stored(text, item.value, Place(-1, "0", "0", future=True))
        text.store("double", value, state.slot_place(state.slots[item.name]))
    return text.finished()


def _start(state: State, clocks: list[Clock], gauges: Gauges, firing: Firing) -> str:
    """`start`: first values, limits, measures, and every clock at the first instant."""
    text = Text("void @start(ptr %s, i64 %now)")
    model, lowering = state.model, state.lowering
    at = Place(-1)
    for item in model.variables:
        value = lowering.stored(text, item.initial, at)
        text.store("double", value, state.slot_place(state.slots[item.name]))
    for derived in model.derived:
        value = lowering.stored(text, derived.value, at)
        text.store("double", value, state.slot_place(state.slots[derived.name]))
    for item in model.variables:
        if is_number(item.kind):
            for side in ("low", "high"):
                node = getattr(item, side)
                if node is not None and not is_closed(node):
                    text.store("double", lowering.number(text, node, at), state.layout.word(side, item.name))
            slot = state.slot_place(state.slots[item.name])
            firing.refuse_beyond(text, -1, item, text.load("double", slot))
    gauges.start(text)
    for clock in clocks:
        resting = state.at_rest(clock.rank)
        if resting is None:
            clock.start(text)
        else:
            with text.when(text.negate(text.load_truth(resting))):
                clock.start(text)
    return text.finished()


def _soonest(text: Text, state: State) -> str:
    """The least key: of few by a tournament, of many eight at a time, which waits for keys written just before."""
    if state.many:
        places = range(0, state.padded, LANES)
        eights = [
            text.let(f"load <8 x i64>, ptr {text.place(state.key_place(alarm))}, align {LINE}") for alarm in places
        ]
        least = _tournament(text, eights, "<8 x i64>", "llvm.smin.v8i64")
        return text.let(f"call i64 @llvm.vector.reduce.smin.v8i64(<8 x i64> {least})")
    keys = [text.load("i64", state.key_place(alarm)) for alarm in range(max(state.alarms, 1))]
    return _tournament(text, keys, "i64", "llvm.smin.i64")


def _tournament(text: Text, keys: list[str], kind: str, smaller: str) -> str:
    while len(keys) > 1:
        pairs = zip(keys[::2], keys[1::2], strict=False)
        won = [text.let(f"call {kind} @{smaller}({kind} {first}, {kind} {second})") for first, second in pairs]
        keys = won + keys[len(keys) - len(keys) % 2 :]
    return keys[0]


def _run(state: State, gauges: Gauges) -> str:
    """`run`: every alarm up to and including an instant; 1 if there is a log and it is full."""
    text = Text("i64 @run(ptr %s, i64 %end, ptr %a)")
    logged = text.let(f"icmp ne i64 {text.load('i64', WORD * ARGUMENTS.index('log'), '%a')}, 0")
    text.jump("again")
    text.begin("again")
    key = _soonest(text, state)
    text.lines.append(f"  %now = lshr i64 {key}, {state.shift}")
    text.branch(text.let("icmp sgt i64 %now, %end"), "done", "work")
    text.begin("work")
    alarm = text.let(f"and i64 {key}, {(1 << state.shift) - 1}")
    place = text.let(f"getelementptr i64, ptr {text.place(state.key_place(0))}, i64 {alarm}")
    text.do(f"store i64 {NEVER}, ptr {place}, align 8")
    text.store("i64", "%now", NOW)
    gauges.open_instant(text)
    before = text.load("i64", FIRINGS)
    with text.when(logged):
        rank = _of_alarm(text, "owners", alarm)
        drawn = text.let(f"getelementptr double, ptr {text.place(state.drawn(0))}, i64 {rank}")
        text.store("double", text.let(f"load double, ptr {drawn}, align 8"), OWN)
    called = text.let(f"getelementptr ptr, ptr @alarms, i64 {alarm}")
    text.do(f"call void {text.let(f'load ptr, ptr {called}, align 8')}(ptr %s, i64 %now)")
    fired = text.load("i64", FIRINGS)
    with text.when(text.both(logged, text.let(f"icmp ne i64 {fired}, {before}"))):
        _log(text, state, alarm)
    text.branch(text.let(f"icmp sgt i64 {fired}, {text.load('i64', LIMIT)}"), "runaway", "counted")
    text.begin("counted")
    text.branch(text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0"), "again", "failed")
    text.begin("runaway")
    text.store("i64", text.let(f"add i64 {_of_alarm(text, 'owners', alarm)}, 1"), FAULT)
    text.jump("failed")
    text.begin("failed")
    text.do("ret i64 0")
    text.begin("done")
    return text.finished("ret i64 0")


def _of_alarm(text: Text, table: str, alarm: str) -> str:
    return text.let(f"load i64, ptr {text.let(f'getelementptr i64, ptr @{table}, i64 {alarm}')}, align 8")


# ---------------------------------------------------------------------- the log


def _tables(state: State, clocks: list[Clock], wide: int) -> str:
    """For the log: the rule of each alarm, and the slots of each rule's draws."""
    owners = [clock.rank for clock in clocks for _ in range(clock.alarms)] or [0]
    slots = []
    for rule in state.model.rules:
        row = [state.slots[draw.target] for draw in rule.draws]
        slots += row + [-1] * (wide - 4 - len(row))
    return "\n".join((table("owners", owners), table("draws", slots or [-1])))


def table(name: str, numbers: list[int]) -> str:
    """A constant array of words."""
    return f"@{name} = internal constant [{len(numbers)} x i64] [{', '.join(f'i64 {n}' for n in numbers)}]"


def _log(text: Text, state: State, alarm: str) -> None:
    """A firing: instant, rule, number, what the clock drew, and what the rule drew."""
    wide = 4 + max((len(rule.draws) for rule in state.model.rules), default=0)
    a = {name: index * WORD for index, name in enumerate(ARGUMENTS)}
    used = text.load("i64", a["log_used"], "%a")
    full = text.let(f"icmp sge i64 {used}, {text.load('i64', a['log_capacity'], '%a')}")
    with text.when(full):
        text.do("ret i64 1")
        text.begin(text.label())
    rank = _of_alarm(text, "owners", alarm)
    out = text.let(f"inttoptr i64 {text.load('i64', a['log'], '%a')} to ptr")
    row = text.let(f"getelementptr i64, ptr {out}, i64 {text.let(f'mul i64 {used}, {wide}')}")
    fired = text.let(f"getelementptr i64, ptr {text.place(state.fired(0))}, i64 {rank}")
    number = text.let(f"add i64 {text.let(f'load i64, ptr {fired}, align 8')}, -1")
    words = ["%now", rank, number, text.load("i64", OWN)]
    for column in range(wide - 4):
        cell = text.let(f"add i64 {text.let(f'mul i64 {rank}, {wide - 4}')}, {column}")
        slot = _of_alarm(text, "draws", cell)
        none = text.let(f"icmp slt i64 {slot}, 0")
        shown = text.let(f"select i1 {none}, i64 0, i64 {slot}")
        value = text.let(f"getelementptr i64, ptr {text.place(state.slot_place(0))}, i64 {shown}")
        words.append(text.let(f"load i64, ptr {value}, align 8"))
    for column, word in enumerate(words):
        text.store("i64", word, column * WORD, row)
    text.store("i64", text.let(f"add i64 {used}, 1"), a["log_used"], "%a")


# ---------------------------------------------------------------------- a piece of work


def _piece(state: State, gauges: Gauges) -> str:
    """`piece`: trajectories one after another, until all are done, it is told to stop, or the log is full."""
    text = Text("i64 @piece(ptr %s, ptr %a)")
    a = {name: index * WORD for index, name in enumerate(ARGUMENTS)}
    given = {name: text.load("i64", a[name], "%a") for name in ARGUMENTS}
    pointer = {
        name: text.let(f"inttoptr i64 {given[name]} to ptr")
        for name in ("lucks", "futures", "rows", "table", "image", "values", "series", "status", "stop")
    }
    first = text.block
    text.jump("again")
    text.begin("again")
    text.lines.append(f"  %i = phi i64 [ {given['next']}, %{first} ], [ %i.next, %told ]")
    text.store("i64", "%i", a["next"], "%a")
    text.branch(text.let(f"icmp slt i64 %i, {given['count']}"), "more", "done")
    text.begin("more")
    stop = text.let(f"load volatile i8, ptr {pointer['stop']}")
    text.branch(text.let(f"icmp eq i8 {stop}, 0"), "go", "stopped")
    text.begin("go")
    _begin(text, state, gauges, given, pointer)
    fresh = text.label()
    text.branch(text.let(f"icmp eq i64 {given['resumed']}, 0"), fresh, "started")
    text.begin(fresh)
    _prepare(text, state, given, pointer)
    text.do("call void @start(ptr %s, i64 0)")
    text.jump("started")
    text.begin("started")
    text.branch(text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0"), "sound", "end")
    text.begin("sound")
    used = text.load("i64", a["log_used"], "%a")
    if state.scripted:
        text.do("call void @script(ptr %s, ptr %a, i64 %i)")
        text.branch(text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0"), "played", "end")
        text.begin("played")
    full = text.let(f"call i64 @run(ptr %s, i64 {state.horizon}, ptr %a)")
    text.branch(text.let(f"icmp eq i64 {full}, 0"), "end", "full")
    text.begin("full")
    text.store("i64", used, a["log_used"], "%a")
    text.do(f"ret i64 {LOG_FULL}")
    text.begin("end")
    _tell(text, state, gauges, pointer)
    text.jump("told")
    text.begin("told")
    text.lines.append("  %i.next = add i64 %i, 1")
    text.jump("again")
    text.begin("stopped")
    text.do(f"ret i64 {STOPPED}")
    text.begin("done")
    return text.finished(f"ret i64 {DONE}").replace("define internal", "define", 1)


def _item(text: Text, pointer: str, index: str) -> str:
    return text.let(f"load i64, ptr {text.let(f'getelementptr i64, ptr {pointer}, i64 {index}')}, align 8")


def _begin(text: Text, state: State, gauges: Gauges, given: dict[str, str], pointer: dict[str, str]) -> None:
    """The image, which one has in common or each has of its own, and where series go."""
    turn = text.let(f"mul i64 %i, {given['resumed']}")
    own = text.let(f"mul i64 {turn}, IMAGE_BYTES")
    image = text.let(f"getelementptr i8, ptr {pointer['image']}, i64 {own}")
    text.do(f"call void @llvm.memcpy.p0.p0.i64(ptr %s, ptr {image}, i64 IMAGE_BYTES, i1 false)")
    if gauges.samples:
        wanted = text.let(f"icmp slt i64 %i, {given['charted']}")
        row = text.let(f"mul i64 %i, {gauges.samples * WORD}")
        row = text.let(f"getelementptr i8, ptr {pointer['series']}, i64 {row}")
        row = text.let(f"ptrtoint ptr {row} to i64")
        text.store("i64", text.let(f"select i1 {wanted}, i64 {row}, i64 0"), state.layout.word("series"))
        gauges.want(text, wanted)


def _prepare(text: Text, state: State, given: dict[str, str], pointer: dict[str, str]) -> None:
    """The address of the trajectory, and its uncertainties: from a table, or drawn as the future changes."""
    future = _item(text, pointer["futures"], "%i")
    text.store("i64", given["seed"], SEED)
    text.store("i64", _item(text, pointer["lucks"], "%i"), LUCK)
    text.store("i64", given["branch"], BRANCH)
    text.store("i64", given["seed"], FUTURE_SEED)
    text.store("i64", future, FUTURE)
    wide = len(state.model.uncertainties) * WORD
    if not wide:
        return
    slots = [state.slots[item.name] for item in state.model.uncertainties]
    assert slots == list(range(slots[0], slots[0] + len(slots)))
    place = text.place(state.slot_place(slots[0]))
    kept = text.place(state.layout.before("uncertainties", count=len(slots)))
    table, drawn, after = text.label(), text.label(), text.label()
    text.branch(text.let(f"icmp ne i64 {given['table']}, 0"), table, drawn)
    text.begin(table)
    offset = text.let(f"mul i64 {_item(text, pointer['rows'], '%i')}, {wide}")
    row = text.let(f"getelementptr i8, ptr {pointer['table']}, i64 {offset}")
    text.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {place}, ptr {row}, i64 {wide}, i1 false)")
    text.jump(after)
    text.begin(drawn)
    _drawn_future(text, state, future, (place, kept, wide))
    text.jump(after)
    text.begin(after)


def _drawn_future(text: Text, state: State, future: str, where: tuple[str, str, int]) -> None:
    """The uncertainties of the future met last are kept with its number and seed."""
    place, kept, wide = where
    met = state.layout.before("future met", count=3)
    known = text.both(
        text.let(f"icmp eq i64 {text.load('i64', met)}, {future}"),
        text.let(f"icmp eq i64 {text.load('i64', met + WORD)}, {text.load('i64', FUTURE_SEED)}"),
        text.let(f"icmp eq i64 {text.load('i64', met + 2 * WORD)}, 1"),
    )
    old, new, after = text.label(), text.label(), text.label()
    text.branch(known, old, new)
    text.begin(old)
    text.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {place}, ptr {kept}, i64 {wide}, i1 false)")
    text.jump(after)
    text.begin(new)
    text.do("call void @future(ptr %s)")
    text.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {kept}, ptr {place}, i64 {wide}, i1 false)")
    text.store("i64", future, met)
    text.store("i64", text.load("i64", FUTURE_SEED), met + WORD)
    # A future in which a draw failed is drawn again, so that each of its trajectories fails.
    sound = text.let(f"icmp eq i64 {text.load('i64', FAULT)}, 0")
    text.store_truth(sound, met + 2 * WORD)
    text.jump(after)
    text.begin(after)


def _tell(text: Text, state: State, gauges: Gauges, pointer: dict[str, str]) -> None:
    """Measures up to the horizon, and how the trajectory ended."""
    fault = text.load("i64", FAULT)
    with text.when(text.let(f"icmp eq i64 {fault}, 0")):
        gauges.settle_touched(text)
        out = text.let(
            f"getelementptr i8, ptr {pointer['values']}, i64 {text.let(f'mul i64 %i, {len(gauges.told) * WORD}')}"
        )
        text.do(f"call void @results(ptr %s, i64 {state.horizon + 1}, ptr {out})")
    status = text.let(f"getelementptr i8, ptr {pointer['status']}, i64 {text.let(f'mul i64 %i, {STATUS * WORD}')}")
    for column, word in enumerate((fault, text.load("i64", FIRINGS), text.load("i64", NOW))):
        text.store("i64", word, column * WORD, status)
