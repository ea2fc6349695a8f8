"""What lies in an index file."""

# Raised when a reader of the old format would misread the new one.
FORMAT = "1"

# `terms` is contentless: the text is in `passages` already. unicode61 with remove_diacritics 2 folds as
# domain.words.fold does. `vectors` is one row: a matrix of float16, row n belongs to passage n.
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    passage_id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    language TEXT NOT NULL,
    uri TEXT NOT NULL
);
CREATE VIRTUAL TABLE terms USING fts5(body, content='', tokenize="unicode61 remove_diacritics 2");
CREATE TABLE vectors (number INTEGER PRIMARY KEY, dimensions INTEGER NOT NULL, matrix BLOB NOT NULL);
"""

PASSAGE_COLUMNS = 'passage_id, document_id, title, text, heading, page, start, "end", language, uri'
