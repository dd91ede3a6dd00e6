"""The process: builds the parts, runs them in order and gives people a command line."""
