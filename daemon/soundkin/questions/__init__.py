"""What a question may be: the limits of its parts, and how much work an answer may take."""
