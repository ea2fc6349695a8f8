"""What lies in an index file."""

# Raised when a reader of the old format would misread the new one.
FORMAT = "2"

# Vectors of so many passages lie in one row: 400 kB, so that neither side ever holds all of them as bytes.
CHUNK = 512

# How often a word occurs is kept for words in more passages than this; the others are never a matter of time.
COMMON = 500

# meta: format, version, embedder, dimensions, passages, collapsed.
# documents: tags is a JSON array. passages: how many it has.
# passages: number counts from 0 in the order they were given; repeats is the number of the first passage
# that says nearly the same, NULL for those that are searched.
# terms: contentless, the text is in `passages` already; it gets words as domain/words.py folds them.
# common: words that many passages have, and how many.
# vectors: row `first` has the float16 vectors of passages first to first + CHUNK - 1, collapsed ones too.
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY,
    document_id TEXT NOT NULL,
    tags TEXT NOT NULL,
    passages INTEGER NOT NULL
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES documents,
    repeats INTEGER REFERENCES passages,
    passage_id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    heading TEXT NOT NULL,
    page INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    language TEXT NOT NULL,
    uri TEXT NOT NULL,
    document_version TEXT NOT NULL
);
CREATE VIRTUAL TABLE terms USING fts5(body, content='', tokenize="unicode61 remove_diacritics 2");
CREATE TABLE common (term TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE vectors (first INTEGER PRIMARY KEY, matrix BLOB NOT NULL);
"""

# Made last: sorting once is faster than keeping an order all along.
INDEXES = """
CREATE INDEX passages_of_document ON passages (document);
CREATE INDEX collapsed_passages ON passages (number) WHERE repeats IS NOT NULL;
"""

# In the order of domain.answer.Passage.
PASSAGE_COLUMNS = """
passage_id, document_id, title, text, heading, page, start, "end", language, uri, document_version
"""
