-- Two files of equal size and date may trade names, so the stamp of a file is everything that one `stat` tells.
-- 0: nobody has looked since this library learnt of it; the next look takes it over without reading the file.
ALTER TABLE sample ADD COLUMN ctime_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sample ADD COLUMN inode    INTEGER NOT NULL DEFAULT 0;

-- A disk mounted below a followed folder, or a folder that a link there leads to, is a root of its own: it may be away
-- while the folder around it is not. `within` is the root that brought it, NULL where a person asked for it.
ALTER TABLE root ADD COLUMN within  INTEGER REFERENCES root (id);
ALTER TABLE root ADD COLUMN is_link INTEGER NOT NULL DEFAULT 0 CHECK (is_link IN (0, 1));

-- Files that nobody could get at: vanished disks, I/O errors, no permission, time-outs, crashes, no memory. They say
-- nothing about the file, so `sample` hears nothing of them. A row goes when the file was read, or is gone.
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

-- Earlier versions took a disk that went away for files that are not audio. Every failure is put to the test once more,
-- and those that were no verdict are not listed meanwhile.
UPDATE sample SET feature_version = -1 WHERE failure_code IS NOT NULL;
UPDATE sample SET failure_code = NULL, failure_message = NULL WHERE failure_code NOT IN ('decode', 'too-short', 'no-decoder');
