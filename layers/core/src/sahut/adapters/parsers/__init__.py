"""Files into text: PDF, Office, CSV, HTML, Markdown, text in any encoding, e-mail, pictures.

`IsolatedParser` is for what others wrote, `FileParser` for one's own files. Knows nothing of knowledge bases.
Libraries are imported when a file comes that needs them.
"""

from sahut.adapters.parsers.facade import FileParser
from sahut.adapters.parsers.isolation import IsolatedParser

__all__ = ["FileParser", "IsolatedParser"]
