"""The default index: one immutable SQLite file per knowledge base version, with full text and vectors."""
