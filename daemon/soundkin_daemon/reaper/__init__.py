"""What the daemon does for REAPER: installing the scripts, telling them where it is, carrying their questions."""
