"""The OSC protocol as values: bytes to messages, addresses, arguments, replies. Pure; knows no socket and no peer."""
