"""Names of files as they are sent, where bytes are no text, and as they may be shown. Pure; touches nothing."""
