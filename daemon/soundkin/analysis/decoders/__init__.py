"""What turns bytes into samples: libsndfile for nearly everything, FFmpeg for what it lacks, where installed."""
