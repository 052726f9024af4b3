"""Ways to run a model. Imports `model` and what stands below it, and SimPy; never `language`."""
