"""Tables in, estimates out: every number with its interval, level and n.

Imports NumPy and SciPy; knows nothing of models or files.
"""
