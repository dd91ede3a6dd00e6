"""The cursor: what buttons and faders move over, its state and who shares it."""
