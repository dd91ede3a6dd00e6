"""What the protocol promises to clients: the address table says it, cursor and carriers keep it. Pure."""

from __future__ import annotations

from soundkin.analysis.params import PARAMS
from soundkin.model.answers import DEFAULT_K

ASPECTS = PARAMS.aspect_names
"""Aspects that can be weighed, in the order in which controllers show them."""
PROTOCOL = 1
"""Version of the protocol; clients of another one are told."""
TOPICS = ("cursor", "slots", "map", "status", "audition", "commit")
"""What can be subscribed to."""
DEFAULT_COUNT = DEFAULT_K
"""Lines of a list where the question says no count."""
MAX_COUNT = 64
"""Most hits that one question over UDP gets."""
MAX_STREAM_COUNT = 1_000
"""The same over TCP, WebSocket and the mailbox."""
MAX_ID = 2**24 - 1
"""Largest id, and largest offset: exact in a float32 fader."""
SLOTS = 16
"""Slots of the cursor's page."""
LIST = 8 * SLOTS
"""Hits that the cursor fetches: eight pages."""
LONGEST_DUR_S = 30.0
"""The duration fader's upper end, where it lets everything pass."""
LEASE_S = 60
"""How long a subscription over UDP lasts from the endpoint's last packet, unless it says otherwise."""
LONGEST_LEASE_S = 3600
BEAT_S = 2.0
"""Time between two heartbeats."""
PRESSED = 0.5
"""Least number by which a button is pressed; anything below is its release."""
PING_BYTES = 64
"""Arguments of a ping that come back."""
LOWEST_PORT = 1024
"""Lowest port that answers can be sent to."""
AMPLIFICATION = 3
"""Bytes that a UDP endpoint of another machine is sent for each of its own, until it has confirmed its address."""
MAX_STRING = 4_096
"""Bytes of one string argument."""
JSON_STRINGS = 15
"""String arguments that a question in JSON may be split over: as many as fit into a datagram."""
DATAGRAM = 1_232
"""Largest bundle that is sent: what fits into IPv6's smallest packet."""
