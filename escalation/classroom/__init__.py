"""A class at work: seats, turns, orders, cables, injects, forecasts, the debrief, in one log. Knows no HTTP."""
