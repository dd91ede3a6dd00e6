"""The similarity index: live vectors for exact scans, a voyager graph for quick ones, and their cache file.

Nothing outside this package imports voyager. See docs/adr/0040-vectors-beside-the-graph.md.
"""

from soundkin.index.vectors import VoyagerIndex
from soundkin.index.view import BLOCK_ROWS, View

__all__ = ["BLOCK_ROWS", "View", "VoyagerIndex"]
