"""How much of a file is read before it is refused. Knows no format."""

MAX_FILE_BYTES = 100 * 1024 * 1024
MAX_CHARACTERS = 20_000_000
MAX_PAGES = 20_000

# Archives. A workbook of a million equal rows unpacks to about 40 times its size; deflate's most is 1,032.
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_RATIO = 150
# Below this a ratio harms nobody: empty templates have high ones.
RATIO_MATTERS_FROM_BYTES = 20 * 1024 * 1024
MAX_MEMBERS = 50_000

# One page of a scan. 100 million dots are A3 at 600 dpi.
MAX_IMAGE_DOTS = 100_000_000
OCR_PAGE_TIMEOUT_S = 30.0
# Of one document: leaves a third of the parser's 120 s for everything else.
OCR_BUDGET_S = 80.0

# Of the address space that a process may have. With more in use, a failure is put down to memory, and the
# next document gets a new process; so what a document finds is never left from another.
FULL = 0.5
