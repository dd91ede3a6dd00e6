"""The similarity index: the table of live vectors, a voyager graph over its rows, and their cache file.

Nothing outside this package imports voyager. See docs/adr/0019-vectors-beside-the-graph.md.
"""

from soundkin.index.voyager_index import VoyagerIndex

__all__ = ["VoyagerIndex"]
