"""What each address does, one module a group of the address table. They know the service and messages, no sockets."""
