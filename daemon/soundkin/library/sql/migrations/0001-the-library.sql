-- The library as first released. Each file in this folder runs once, in order, in one transaction that also raises
-- PRAGMA user_version to the file's number; the tables of vectors are made by spaces.py, one for each feature version.

-- Single facts about the library itself.
--   uid           random name of this file: an index of another library is never used
--   generation    number of the newest change to what the index should hold
--   pruned_below  the list of changes is complete from this generation on; older questions get "rebuild"
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('uid', lower(hex(randomblob(8)))), ('generation', 0), ('pruned_below', 0);

-- A followed folder. Offline means unmounted or unreachable: its samples leave the answers and lose nothing.
CREATE TABLE root (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    path   TEXT    NOT NULL UNIQUE,            -- spelled by paths.stored()
    online INTEGER NOT NULL DEFAULT 1 CHECK (online IN (0, 1))
) STRICT;

-- A set of features that vectors were made with; its vectors live in the table vector_v<version>.
-- Two rows exist only while a library is being re-analysed: the one that answers, and the one being filled.
CREATE TABLE feature_space (
    version        INTEGER PRIMARY KEY,
    num_dimensions INTEGER NOT NULL CHECK (num_dimensions > 0),
    aspects        TEXT    NOT NULL,           -- JSON: [[name, start, stop], ...]
    serving        INTEGER NOT NULL CHECK (serving IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX feature_space_serving ON feature_space (serving) WHERE serving = 1;

-- A known file: analysed, failed, or missing for the time being.
-- AUTOINCREMENT because an id, once given, never means another sound; below 2**24 it is exact in a float32 fader.
CREATE TABLE sample (
    id               INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id BETWEEN 1 AND 16777215),
    path             TEXT    NOT NULL UNIQUE,  -- spelled by paths.stored()
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
    CHECK (served = 0 OR (failure_code IS NULL AND duration_s IS NOT NULL))
) STRICT;

-- Counting a root's findable samples and taking a whole root in or out of the answers read only this.
CREATE INDEX sample_findable ON sample (root_id) WHERE served = 1 AND missing_since IS NULL;
CREATE INDEX sample_missing ON sample (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX sample_failed ON sample (root_id) WHERE failure_code IS NOT NULL;

-- What the index lacks: for each sample its newest change. Whether the sample is to be added or dropped is not stored
-- but asked of `sample` when the list is read, so the two can never disagree. No foreign key: a forgotten
-- sample stays on the list until every saved index has dropped it.
CREATE TABLE change (
    sample_id  INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL
) STRICT;

CREATE INDEX change_generation ON change (generation);
