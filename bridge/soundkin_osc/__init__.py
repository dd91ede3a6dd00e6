"""The bridge: everything that speaks OSC. It reaches the engine only through `soundkin.service`."""
