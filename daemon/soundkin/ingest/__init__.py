"""The straight line: hints and scans become analyses, analyses become rows, vectors and answers."""
