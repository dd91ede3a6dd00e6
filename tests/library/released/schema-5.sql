PRAGMA application_id = 1397442894;
PRAGMA user_version = 5;
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE root (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    path   TEXT    NOT NULL UNIQUE,            -- spelled by paths.stored()
    online INTEGER NOT NULL DEFAULT 1 CHECK (online IN (0, 1))
, within  INTEGER REFERENCES root (id), is_link INTEGER NOT NULL DEFAULT 0 CHECK (is_link IN (0, 1))) STRICT;
CREATE TABLE feature_space (
    version        INTEGER PRIMARY KEY,
    num_dimensions INTEGER NOT NULL CHECK (num_dimensions > 0),
    aspects        TEXT    NOT NULL,           -- JSON: [[name, start, stop], ...]
    serving        INTEGER NOT NULL CHECK (serving IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX feature_space_serving ON feature_space (serving) WHERE serving = 1;
CREATE TABLE change (
    sample_id  INTEGER PRIMARY KEY,
    generation INTEGER NOT NULL
) STRICT;
CREATE INDEX change_generation ON change (generation);
CREATE TABLE folder (
    id   INTEGER PRIMARY KEY,
    path TEXT    NOT NULL UNIQUE               -- spelled by paths.stored(), with the separator at its end
) STRICT;
CREATE TABLE "sample" (
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
    kind             TEXT, ctime_ns INTEGER NOT NULL DEFAULT 0, inode    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (folder_id, name),
    CHECK (served = 0 OR (failure_code IS NULL AND duration_s IS NOT NULL))
) STRICT;
CREATE INDEX sample_findable ON sample (root_id) WHERE served = 1 AND missing_since IS NULL;
CREATE INDEX sample_missing ON sample (missing_since) WHERE missing_since IS NOT NULL;
CREATE INDEX sample_failed ON sample (root_id) WHERE failure_code IS NOT NULL;
CREATE TABLE unread (
    path     TEXT    PRIMARY KEY,              -- spelled by paths.stored()
    root_id  INTEGER NOT NULL REFERENCES root (id),
    size     INTEGER NOT NULL,                 -- the stamp of the file when it was tried: another one is tried at once
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    inode    INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    message  TEXT    NOT NULL,
    tries    INTEGER NOT NULL CHECK (tries > 0),
    retry_s  REAL    NOT NULL                  -- not before, seconds since the epoch
) STRICT, WITHOUT ROWID;
CREATE INDEX unread_retry ON unread (retry_s);
CREATE TABLE classifier (
    version    INTEGER PRIMARY KEY,
    categories TEXT    NOT NULL
) STRICT;
CREATE TABLE heard (
    sample_id INTEGER PRIMARY KEY REFERENCES sample (id) ON DELETE CASCADE,
    version   INTEGER NOT NULL REFERENCES classifier (version),
    category  INTEGER,                         -- number of the category; NULL: unsure
    likely    BLOB    NOT NULL                 -- a byte for each category: how likely it is, 0 to 255 for 0 to 1
) STRICT;
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
CREATE VIRTUAL TABLE vector_v1 USING vec0(
    sample_id INTEGER PRIMARY KEY,
    root_id   INTEGER,
    present   BOOLEAN,
    embedding FLOAT[6]
);
CREATE VIRTUAL TABLE vector_v2 USING vec0(
    sample_id INTEGER PRIMARY KEY,
    root_id   INTEGER,
    present   BOOLEAN,
    embedding FLOAT[8]
);
CREATE INDEX sample_to_redo ON sample (root_id) WHERE served = 1 AND missing_since IS NULL AND feature_version <> 2;
INSERT INTO classifier (version, categories) VALUES (1, '["kick", "snare", "rim", "clap", "hat-closed", "hat-open", "hat-pedal", "crash", "ride", "tom", "conga", "shaker", "tambourine", "cowbell", "woodblock", "percussion", "beat", "bass", "keys", "pluck", "mallet", "wind", "lead", "pad", "vocal", "effect"]');
INSERT INTO folder (id, path) VALUES (1, '/samples/loops/');
INSERT INTO folder (id, path) VALUES (2, '/samples/');
INSERT INTO folder (id, path) VALUES (3, '/volumes/usb/');
INSERT INTO root (id, path, online, within, is_link) VALUES (1, '/samples', 1, NULL, 0);
INSERT INTO root (id, path, online, within, is_link) VALUES (2, '/volumes/usb', 0, NULL, 0);
INSERT INTO root (id, path, online, within, is_link) VALUES (3, '/samples/disk', 1, 1, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (1, 1, 'Am 120.wav', 1, 1000, 5000000000, X'000000000000000000000000000000', 2, 1, NULL, 1700000000.0, NULL, NULL, 1.5, 48000, 2, 24, -14.5, 1, -0.3, 55.0, 0.9, 120.0, 1.0, 'Am', 'loop', 0, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (2, 2, 'few.wav', 1, 1001, 5000000001, X'000000000000000000000000000001', 1, 1, NULL, 1700000000.0, NULL, NULL, 0.25, 44100, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (3, 2, 'caf􏿿dce9 🥁.wav', 1, 1002, 5000000002, X'000000000000000000000000000002', 1, 1, NULL, 1700000000.0, NULL, NULL, 0.25, 44100, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (4, 2, 'gone.wav', 1, 1003, 5000000003, X'000000000000000000000000000003', 1, 1, 1700000500.0, 1700000000.0, NULL, NULL, 0.25, 44100, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (5, 3, 'o.wav', 2, 1004, 5000000004, X'000000000000000000000000000004', 1, 1, NULL, 1700000000.0, NULL, NULL, 0.25, 44100, 1, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO sample (id, folder_id, name, root_id, size, mtime_ns, content_hash, feature_version, served, missing_since, added_s, failure_code, failure_message, duration_s, sample_rate, channels, bit_depth, loudness_db, loudness_is_lufs, peak_db, root_hz, root_confidence, tempo_bpm, tempo_confidence, key, kind, ctime_ns, inode) VALUES (6, 2, 'bad.ogg', 1, 7, 8, X'', 1, 0, NULL, 1700000000.0, 'decode', 'not audio', NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO change (sample_id, generation) VALUES (1, 4);
INSERT INTO change (sample_id, generation) VALUES (5, 3);
INSERT INTO feature_space (version, num_dimensions, aspects, serving) VALUES (1, 6, '[["timbre", 0, 4], ["envelope", 4, 6]]', 1);
INSERT INTO feature_space (version, num_dimensions, aspects, serving) VALUES (2, 8, '[["timbre", 0, 5], ["envelope", 5, 8]]', 0);
INSERT INTO heard (sample_id, version, category, likely) VALUES (2, 1, 7, X'01010101010101E6010101010101010101010101010101010101');
INSERT INTO heard (sample_id, version, category, likely) VALUES (3, 1, NULL, X'0606060606060666060606060606060606060606060606060606');
INSERT INTO heard (sample_id, version, category, likely) VALUES (4, 1, NULL, X'0606060606060606060606066606060606060606060606060606');
INSERT INTO heard (sample_id, version, category, likely) VALUES (5, 1, NULL, X'0666060606060606060606060606060606060606060606060606');
INSERT INTO meta (name, value) VALUES ('generation', 4);
INSERT INTO meta (name, value) VALUES ('pruned_below', 2);
INSERT INTO meta (name, value) VALUES ('uid', '20c593dfe496c7c7');
INSERT INTO unread (path, root_id, size, mtime_ns, ctime_ns, inode, code, message, tries, retry_s) VALUES ('/samples/eio.wav', 1, 7, 8, 0, 0, 'unreadable', 'Input/output error', 1, 1700000005.0);
INSERT INTO vector_v1 (sample_id, root_id, present, embedding) VALUES (1, 1, 1, X'6CBF003E7F4607BEBDF2233FDFD5D63DA12109BFFD22B93E');
INSERT INTO vector_v1 (sample_id, root_id, present, embedding) VALUES (2, 1, 1, X'69F0B03E9155523F0C2FA93EDBCDA6BF67C5673F358BE43E');
INSERT INTO vector_v1 (sample_id, root_id, present, embedding) VALUES (3, 1, 1, X'3697413ED8D205BF117DD3BE00411CC0D05CE63F0774923F');
INSERT INTO vector_v1 (sample_id, root_id, present, embedding) VALUES (4, 1, 0, X'6B9E0240049023C00D11D63E595911BFA6C1E7BE81C55CBE');
INSERT INTO vector_v1 (sample_id, root_id, present, embedding) VALUES (5, 2, 1, X'C9DB26BF17E932BEE8F4D43FE8BD283F4E19D2BF2580AABB');
INSERT INTO vector_v2 (sample_id, root_id, present, embedding) VALUES (1, 1, 1, X'6CBF003E7F4607BEBDF2233FDFD5D63DA12109BFFD22B93E79E9A63FE673723F');
UPDATE sqlite_sequence SET seq = 3 WHERE name = 'root';
UPDATE sqlite_sequence SET seq = 6 WHERE name = 'sample';
