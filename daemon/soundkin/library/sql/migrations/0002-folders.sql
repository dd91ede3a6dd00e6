-- A folder's path is kept once, not twice for every file in it: a sixth of the library. A file's path is
-- folder.path || sample.name. Folders are listed when a first file of theirs is known and go with the last one.
CREATE TABLE folder (
    id   INTEGER PRIMARY KEY,
    path TEXT    NOT NULL UNIQUE               -- spelled by paths.stored(), with the separator at its end
) STRICT;

CREATE TABLE sample_of_now (
    id               INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 16777215),
    folder_id        INTEGER NOT NULL REFERENCES folder (id),
    name             TEXT    NOT NULL,         -- spelled by paths.stored()
    root_id          INTEGER NOT NULL REFERENCES root (id),
    size             INTEGER NOT NULL,
    mtime_ns         INTEGER NOT NULL,
    content_hash     BLOB    NOT NULL,         -- empty where it failed
    feature_version  INTEGER NOT NULL,         -- of its newest analysis or failure
    served           INTEGER NOT NULL,         -- 1: the serving space holds a vector of this content
    missing_since    REAL,                     -- seconds since the epoch; NULL: present when last looked for
    added_s          REAL    NOT NULL,
    failure_code     TEXT,                     -- NULL: analysed
    failure_message  TEXT,
    -- the facts; NULL means unsure
    duration_s       REAL,
    sample_rate      INTEGER,
    channels         INTEGER,
    bit_depth        INTEGER,
    loudness_db      REAL,
    loudness_is_lufs INTEGER NOT NULL DEFAULT 0,
    peak_db          REAL,
    root_hz          REAL,
    root_confidence  REAL,
    tempo_bpm        REAL,
    tempo_confidence REAL,
    key              TEXT,
    kind             TEXT,
    UNIQUE (folder_id, name),
    CHECK (served = 0 OR (failure_code IS NULL AND duration_s IS NOT NULL))
) STRICT;

-- folder_part() is the first half of paths.split(): which character separates is the system's affair
INSERT INTO folder (path) SELECT DISTINCT folder_part(path) FROM sample ORDER BY 1;

INSERT INTO sample_of_now
SELECT
    sample.id, folder.id, substr(sample.path, length(folder.path) + 1), root_id, size, mtime_ns, content_hash,
    feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels,
    bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind
FROM sample JOIN folder ON folder.path = folder_part(sample.path);

-- ids are never given twice, those of forgotten samples included
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'sample') WHERE name = 'sample_of_now';
INSERT INTO sqlite_sequence
SELECT 'sample_of_now', seq FROM sqlite_sequence
WHERE name = 'sample' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'sample_of_now');

DROP TABLE sample;
ALTER TABLE sample_of_now RENAME TO sample;

-- Counting a root's findable samples and taking a whole root in or out of the answers read only this.
CREATE INDEX sample_findable ON sample (root_id) WHERE served = 1 AND missing_since IS NULL;
CREATE INDEX sample_missing ON sample (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX sample_failed ON sample (root_id) WHERE failure_code IS NOT NULL;
