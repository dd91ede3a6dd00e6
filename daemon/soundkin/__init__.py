"""The engine: follows folders, analyses sound, keeps the library and answers questions about it. No OSC, no argv."""

__version__ = "0.1.0"
