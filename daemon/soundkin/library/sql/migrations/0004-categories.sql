-- What numbers of categories mean: their names as a JSON list, in the order of a classifier's numbers. Two rows exist
-- only while a library is classified again: the older numbers serve until each sample has its new ones.
CREATE TABLE classifier (
    version    INTEGER PRIMARY KEY,
    categories TEXT    NOT NULL
) STRICT;

-- What a classifier makes of a sample's vector, apart from vector and facts: another version reads stored vectors and
-- no audio. What the sample's name says is not here, it follows from the path.
CREATE TABLE heard (
    sample_id INTEGER PRIMARY KEY REFERENCES sample (id) ON DELETE CASCADE,
    version   INTEGER NOT NULL REFERENCES classifier (version),
    category  INTEGER,                         -- number of the category; NULL: unsure
    likely    BLOB    NOT NULL                 -- a byte for each category: how likely it is, 0 to 255 for 0 to 1
) STRICT;

-- In `meta`, `classified` is the version of the newest classifier that has been through the whole library.
