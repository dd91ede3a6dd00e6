"""`soundkin doctor`: checks of library and machine. They change nothing."""
