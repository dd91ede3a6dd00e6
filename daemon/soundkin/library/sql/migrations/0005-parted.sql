-- What was found in files whose folder is not followed any more, kept as long as rows of missing files are: following
-- the folder again puts the rows back, under their ids, as missing until a scan finds the files. No answer reads this.
CREATE TABLE parted (
    id               INTEGER PRIMARY KEY,      -- as it was in sample
    folder           TEXT    NOT NULL,         -- folder.path
    name             TEXT    NOT NULL,
    parted_s         REAL    NOT NULL,         -- when the folder was given up, seconds since the epoch
    feature_version  INTEGER NOT NULL,         -- of the vector; one of an older version is not put back
    embedding        BLOB    NOT NULL,
    size             INTEGER NOT NULL,
    mtime_ns         INTEGER NOT NULL,
    ctime_ns         INTEGER NOT NULL,
    inode            INTEGER NOT NULL,
    content_hash     BLOB    NOT NULL,
    added_s          REAL    NOT NULL,
    failure_message  TEXT,
    duration_s       REAL,
    sample_rate      INTEGER,
    channels         INTEGER,
    bit_depth        INTEGER,
    loudness_db      REAL,
    loudness_is_lufs INTEGER NOT NULL,
    peak_db          REAL,
    root_hz          REAL,
    root_confidence  REAL,
    tempo_bpm        REAL,
    tempo_confidence REAL,
    key              TEXT,
    kind             TEXT
) STRICT;

CREATE INDEX parted_folder ON parted (folder);
