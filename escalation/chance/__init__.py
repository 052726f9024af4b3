"""Addressed uniforms, and the shapes of waiting times by inversion. Imports NumPy (and SciPy for gamma, beta, Poisson); knows nothing of models."""
