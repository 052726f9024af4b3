"""What spread of expected values the futures come from: the mixing distribution behind noisy means of futures."""

from __future__ import annotations

import numpy as np

from escalation.statistics.clusters import Clusters, Floats, FutureSums

CELLS = 101
ROUNDS = 200
CLEARLY_WORSE = 6.0
NOT_TOLD_APART = 0.5


def mixing_quantiles(
    clusters: Clusters | FutureSums, start: Floats, noise: Floats, shares: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """Quantiles of the distribution of future-level expected values: as told, and of the best fit.

    Both of shape (shares,). start: the future means drawn in to the right variance, shape (G,). That is the right
    spread but keeps the bell shape of the noise, which blurs futures of few kinds. Where the log likelihood shows
    that clearly (CLEARLY_WORSE below the best any distribution reaches), the fit is sharpened by EM steps (Laird
    1978) until it is within
    NOT_TOLD_APART of that best, and no further: beyond that the data cannot tell, and EM would invent atoms. Elsewhere,
    where the noise is finer than the grid, and where sharpening would put the mean of all futures outside its own
    range, the drawn-in means stand. They always stand for means of numbers, whose noise in one future is not known
    well enough: a future of ten zeros looks as if it were sure of zero.
    """
    plain = np.quantile(start, shares, method="hazen")
    grid = np.linspace(clusters.means().min(), clusters.means().max(), CELLS)
    cell = (grid[-1] - grid[0]) / (CELLS - 1)
    if not clusters.zero_one or start.std() == 0.0 or noise.mean() <= cell**2:
        return plain, plain
    likelihood, alike = _likelihood(clusters, grid)
    best = np.full(CELLS, 1 / CELLS)
    for _ in range(ROUNDS):
        best = _step(best, likelihood, alike)
    top = _fit(best, likelihood, alike)
    width = max(0.2 * float(start.std()), cell)
    weights = np.exp(-0.5 * ((grid[:, None] - start) / width) ** 2).sum(axis=1) + 1e-12
    weights /= weights.sum()
    if _fit(weights, likelihood, alike) >= top - CLEARLY_WORSE:
        return plain, _quantiles(best, grid, shares)
    for _ in range(ROUNDS):
        weights = _step(weights, likelihood, alike)
        if _fit(weights, likelihood, alike) >= top - NOT_TOLD_APART:
            break
    told, middle = _quantiles(weights, grid, shares), float(clusters.means().mean())
    if not told[0] <= middle <= told[-1] and plain[0] <= middle <= plain[-1]:
        told = plain
    return told, _quantiles(best, grid, shares)


def _quantiles(weights: Floats, grid: Floats, shares: tuple[float, ...]) -> Floats:
    """Quantiles of weights on a grid, each weight centred on its cell."""
    return np.interp(shares, np.cumsum(weights) - weights / 2, grid)


def _likelihood(clusters: Clusters | FutureSums, grid: Floats) -> tuple[Floats, Floats]:
    """Binomial likelihood of each kind of future at each cell, largest 1, and how many futures are of that kind.

    Futures of one size with one share are of one kind: all that is asked of them is asked once. Shapes (kinds, cells)
    and (kinds,).
    """
    from scipy.special import xlog1py, xlogy

    kinds, alike = np.unique(np.stack([clusters.sizes, clusters.means()]), axis=1, return_counts=True)
    sizes, means = kinds[:, :, None]
    logs = xlogy(sizes * means, grid) + xlog1py(sizes * (1 - means), -grid)
    return np.exp(logs - logs.max(axis=1, keepdims=True)), alike.astype(np.float64)


def _step(weights: Floats, likelihood: Floats, alike: Floats) -> Floats:
    """One EM step: the weight of a cell becomes the mean chance that a future belongs to it."""
    return weights * np.einsum("i,ij->j", alike / _of_each(weights, likelihood), likelihood) / alike.sum()


def _fit(weights: Floats, likelihood: Floats, alike: Floats) -> float:
    """Log likelihood of all futures under the weights."""
    return float((alike * np.log(_of_each(weights, likelihood))).sum())


def _of_each(weights: Floats, likelihood: Floats) -> Floats:
    """Likelihood of each kind of future under the weights; shape (kinds,)."""
    # einsum and not a BLAS product: its sums do not depend on how many threads the machine has.
    return np.einsum("ij,j->i", likelihood, weights)
