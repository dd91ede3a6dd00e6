"""How packets travel: UDP, streams, HTTP and WebSocket, files. The only users of sockets in the bridge."""
