"""What models are told. Markdown files, packaged; the hash of a file is part of every answer's ledger."""
