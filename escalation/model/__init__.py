"""The process, whatever runs it: scenario, rules, choices, the order of firings, trajectories.

Imports `expressions` and `chance`.
"""
