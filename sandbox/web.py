"""Meta's side and the pages, in a process of their own. Run as `python -m sandbox.web`.

The same as `python -m sandbox.graph_api`, but it dies with whoever started it.
"""

from sandbox.graph_api.__main__ import main
from sandbox.lifeline import die_with_parent

if __name__ == "__main__":
    die_with_parent()
    main()
