"""CSV and its relatives: one table."""

import csv
import io

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.sheets import write_sheet
from sahut.adapters.parsers.writing import Writer
from sahut.ports.parser import DocumentUnreadable, Unreadable

# The module's own limit is 128 KB a cell; a file has at most 20 million characters anyway.
_LONGEST_CELL = 1_000_000


def read_table(source: Source, out: Writer) -> None:
    """Raises:
    DocumentUnreadable: CORRUPT: a quotation mark that never ends.
    """
    text = source.text.replace("\0", "")
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=source.delimiter)
    try:
        write_sheet(rows, out)
    except csv.Error as error:
        raise DocumentUnreadable(
            Unreadable.CORRUPT,
            f"The table is damaged at line {rows.line_num}: its quotation marks don't match.",
        ) from error
