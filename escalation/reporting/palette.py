"""Colours that people with any colour vision can tell apart (Okabe and Ito 2008), dark text on a light page."""

OKABE_ITO = ("#56B4E9", "#009E73", "#E69F00", "#D55E00", "#CC79A7", "#0072B2", "#F0E442")
"""The eight colours less black, in the order in which a chart uses them."""

BLUE, ORANGE = "#0072B2", "#D55E00"
INK, FAINT, RULE, ZONE = "#1b1f24", "#57606a", "#c9ced4", "#e8ebef"
HATCHES = ("", "//", "..", "xx")


def colour(index: int) -> str:
    """The colour of the index-th thing; they repeat after seven, then told apart by `hatch`."""
    return OKABE_ITO[index % len(OKABE_ITO)]


def hatch(index: int) -> str:
    """The hatching of the index-th area: none for the first seven."""
    return HATCHES[(index // len(OKABE_ITO)) % len(HATCHES)]
