"""The gate's own tools: drift of generated files, length of files and functions, stamps."""

from pathlib import Path

import pytest

from scripts.environments import STAMP, Environment
from scripts.lengths import MAX_FILE_LINES, MAX_FUNCTION_LINES, too_long
from scripts.lock import Target, drift, render, targets

TARGET = Target(Path("r.txt"), ("requests>=2",))


def test_a_generated_file_is_in_order_until_something_changes() -> None:
    text = render(TARGET, "requests==2.32 \\\n    --hash=sha256:00\n")
    assert drift(TARGET, text) == ""
    assert drift(TARGET, None) == "is missing"
    assert drift(TARGET, text.replace("2.32", "2.33")) == "was edited by hand"
    assert drift(Target(TARGET.path, ("requests>=3",)), text) == "was made from other requirements"


def test_locks_name_no_package_index() -> None:
    for target in targets():
        text = target.path.read_text()
        assert "://" not in text, target.path
        assert "--index-url" not in text, target.path


def test_a_file_and_a_function_that_grew_too_long(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    body = "".join(f"    x{n} = {n}\n" for n in range(MAX_FUNCTION_LINES))
    path.write_text(f"def fits():\n{body[: body.rindex('    x')]}\n\ndef grew():\n{body}")
    assert [line.split(": ")[1] for line in too_long(path)] == [
        f"grew has {MAX_FUNCTION_LINES + 1} lines of code, at most {MAX_FUNCTION_LINES}"
    ]
    path.write_text("\n" * (MAX_FILE_LINES + 1))
    assert [line.split(": ")[1] for line in too_long(path)] == [
        f"{MAX_FILE_LINES + 1} lines, at most {MAX_FILE_LINES}"
    ]


def test_docstrings_comments_and_blank_lines_are_free(tmp_path: Path) -> None:
    path = tmp_path / "told.py"
    path.write_text(
        'def told():\n    """' + "\n    words" * 60 + '"""\n' + "    # why\n\n" * 60 + "    return 1\n"
    )
    assert list(too_long(path)) == []


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").write_text("a")
    (tmp_path / "lock.txt").write_text("requests==2.32")
    (tmp_path / "venv").mkdir()
    return Environment(tmp_path / "venv", tmp_path / "lock.txt", (tmp_path / "project",))


def test_an_environment_is_made_again_only_when_its_lock_changed(environment: Environment) -> None:
    seen = [environment.ready]
    (environment.folder / STAMP).write_text(environment.digest)
    seen.append(environment.ready)
    environment.lock.write_text("requests==2.33")
    seen.append(environment.ready)
    assert seen == [False, True, False]
