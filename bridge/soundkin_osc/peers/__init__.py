"""Who asks: endpoints, what is remembered of them, what they may do and what they are sent unasked."""
