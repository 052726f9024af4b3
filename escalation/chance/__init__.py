"""Addressed uniforms, and the shapes of waiting times by inversion.

Imports NumPy (and SciPy, lazily, for gamma, beta, large Poisson); knows nothing of models. Hands up `streams.Streams`,
`distributions.REGISTRY`, the functions of `elementary`, and `numeric_platform.platform_hash`.
"""
