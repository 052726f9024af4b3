"""What authors write: YAML to a scenario, every fault at once.

Imports `model` and what stands below it, PyYAML and pydantic; never `engines`.
"""
