"""Brings a graph up to a view of the table: adds rows, looks whether each finds itself, gauges how far the nearest are.

The caller has the right to change the graph; no other thread changes it meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.vectors import FEW_ROWS, exact_distances

if TYPE_CHECKING:
    from soundkin.index.graph import Graph
    from soundkin.model import FeatureParams
    from soundkin.vectors import View

TAIL_ROWS = 4096
"""Number of rows beside the graph up to which measuring them is cheaper than scanning the table."""
_GAUGED = 256
"""Rows whose distances from their nearest stand for those of all."""
RANKS = 96
"""Number of nearest for which that is known: as many as a graph is ever asked for."""


def is_up_to_date(graph: Graph, view: View) -> bool:
    """Whether a graph covers all rows, or has not been begun and need not be: none is for a small table."""
    return graph.rows >= view.rows or (not graph.rows and view.rows <= FEW_ROWS)


def cover(graph: Graph, view: View, most: int, threads: int = 1) -> bool:
    """Put up to `most` further rows into the graph; whether it covers all of them."""
    lag = view.rows - graph.rows
    if lag > 0:
        upto = graph.rows + min(lag, most)
        rows, vectors = view.living(np.arange(graph.rows, upto))
        # the graph answers no question while it is far behind, so no question waits for large chunks
        graph.add(rows, vectors, threads=threads, chunk=2 if lag <= TAIL_ROWS else 256)
        graph.audit(rows, vectors)
        graph.rows = upto  # only now: until here every question measures them itself
    return lag <= most


def audit(graph: Graph, view: View, most: int, threads: int) -> bool:
    """Look for up to `most` rows of a pass over all; whether no pass is due."""
    if not graph.audit_is_due():
        return True
    rows, vectors = view.living(graph.next_to_audit(most))
    graph.audit(rows, vectors, threads=threads)
    return False


def gauge(graph: Graph, view: View, params: FeatureParams) -> None:
    """Look, where that is due, how far some rows are from their nearest."""
    rows = np.flatnonzero(view.alive()[: graph.rows]) if graph.gauge_is_due() else np.zeros(0, np.intp)
    if not len(rows):
        return
    some, vectors = view.living(rows[np.linspace(0, len(rows) - 1, min(len(rows), _GAUGED)).astype(np.intp)])
    distances = np.full((len(some), RANKS), np.inf, np.float32)
    for place, vector in enumerate(vectors):
        found = graph.search(vector, RANKS, patient=True)
        if found is None:
            return
        _, _, near = view.gather(np.union1d(found, graph.strays).astype(np.intp))
        nearest = np.sort(exact_distances(params, near, vector, None))[:RANKS]
        distances[place, : len(nearest)] = nearest
    graph.gauge(distances)
