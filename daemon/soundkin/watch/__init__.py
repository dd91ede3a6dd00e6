"""Hints that something changed: events where a folder gives them, polling where not. The only user of watchdog."""
