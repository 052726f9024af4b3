"""Processes whose answers theory knows, each with its formula and source."""
