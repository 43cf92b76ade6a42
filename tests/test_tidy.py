"""The rules that no linter knows, after TigerBeetle's `tidy.zig`.

Each rule is a function from files to complaints, `path:line: what is wrong; what to do instead`. A test holds
the tree to each rule, and another shows each rule a file that breaks it, so that no rule can fall asleep.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "src/solvent"

MODULE_LINES_MAX = 600
TEST_MODULE_LINES_MAX = 1_000
FUNCTION_LINES_MAX = 70
TEST_NAME_WORDS_MIN = 4

DRAWER_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
# What tools make, and what is not ours; nothing in them is committed.
SKIPPED_FOLDERS = {"__pycache__", "node_modules", "mutants", "build", "dist"}
TEXT_SUFFIXES = {
    "", ".cfg", ".css", ".csv", ".html", ".in", ".ini", ".js", ".json", ".md", ".py", ".rst", ".sh", ".sql",
    ".svg", ".toml", ".ts", ".tsx", ".txt", ".typed", ".yaml", ".yml",
}  # fmt: skip

# Rooms that compute: no clock, socket, file, log or float.
PURE_ROOMS = {"money", "margin", "engine"}
PURE_IMPORTS = {
    "__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "hashlib", "heapq", "itertools", "math", "msgspec", "operator", "re", "string", "types",
    "typing", "typing_extensions", "unicodedata",
}  # fmt: skip
PURE_NEIGHBOURS = {
    "money": {"money"},
    "margin": {"money", "margin"},
    "engine": {"money", "margin", "engine"},
}
# What of `math` works in ints.
WHOLE_MATHS = {"math.comb", "math.gcd", "math.isqrt", "math.lcm", "math.perm", "math.prod"}
# A true division makes a float of two ints. `money` may divide Decimals, in functions listed here.
DIVIDING_FUNCTIONS: set[tuple[str, str]] = set()
DIRECTION_COMMENT = re.compile(r"#\s*(floor|ceil|trunc|exact)\b")

MODELS = {"tiered", "risk_limit", "lending"}
MODEL_IMPORTERS = {"__init__", "registry", "presets"}

# A banned call, the rooms that may make it, and what to do instead.
BANNED_CALLS: list[tuple[str, set[str], str]] = [
    (r"time\.((time|monotonic|perf_counter)(_ns)?|sleep)", {"runtime"}, "take now_ms"),
    (r"(datetime\.)?(datetime|date)\.(now|utcnow|today)", {"runtime"}, "take now_ms as an argument"),
    (r"random\.Random", {"sim", "prices"}, "take the random numbers, or a seed, as an argument"),
    (r"random\.(?!Random$)\w+", set(), "use random.Random(seed), in sim or prices"),
    (r"secrets\.\w+|uuid\.\w+|os\.urandom", {"runtime", "cli"}, "take the id or nonce as an argument"),
    (r"os\.(environ|environb|getenv|putenv)(\.\w+)*", {"runtime", "cli"}, "take the setting as an argument"),
    (r"print|pprint\.\w+", {"cli"}, "return the text; the command line prints"),
    (r"eval|exec|compile|__import__", set(), "write the code down"),
    (r"sys\.exit|os\._exit|exit|quit", {"cli", "runtime"}, "return a refusal or raise the room's error"),
    (r"breakpoint|pdb\.\w+", set(), "remove it"),
]  # fmt: skip
BANNED_TEST_CALLS = r"(time\.)?(sleep|perf_counter|perf_counter_ns|monotonic|monotonic_ns|time_ns)|time\.time"

# In two halves, as this file may not name them either.
PRIVATE_WORDS = [
    "/work" + "/",
    "/root" + "/",
    ".lib" + "rary",
    "../sha" + "red",
    "/opt/py" + "pi",
    "/opt/wh" + "eels",
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "deb.deb" + "ian.org",
    "crates" + ".io",
    "proxy.gol" + "ang.org",
    "repo.maven" + ".apache.org",
]


class File:
    """One text file of the project; `path` is relative to its root."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def is_source(self) -> bool:
        return self.path.startswith(f"{PACKAGE}/") and self.path.endswith(".py")

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/") and self.path.endswith(".py")

    @property
    def room(self) -> str:
        """Return the room of a source file; empty for the package's own face."""
        parts = self.path.removeprefix(f"{PACKAGE}/").split("/")
        return parts[0] if self.path.startswith(f"{PACKAGE}/") and len(parts) > 1 else ""

    @property
    def module(self) -> str:
        """Return the dotted name of a source file."""
        dotted = self.path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        return dotted.removesuffix(".__init__")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    def at(self, node: ast.AST, complaint: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {complaint}"


Rule = Callable[[list[File]], Iterator[str]]


def walk(folder: Path) -> Iterator[Path]:
    """Yield every file under `folder` that may be committed, in a fixed order; git is not asked."""
    for path in sorted(folder.iterdir()):
        hidden_folder = path.name.startswith(".") and path.name != ".ci" and path.name != ".github"
        if path.is_dir() and not hidden_folder and path.name not in SKIPPED_FOLDERS:
            yield from walk(path)
        elif path.is_file() and path.name not in {"uv.lock", ".environment.lock", ".git"}:
            yield path


def read_project() -> list[File]:
    return [
        File(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
        for path in walk(ROOT)
        if path.suffix in TEXT_SUFFIXES
    ]


def dotted(node: ast.AST) -> str:
    """Return `a.b.c` for a chain of names; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return ""


def imports_of(file: File) -> Iterator[tuple[ast.AST, str]]:
    """Yield each imported module; for `from a import b` both `a` and `a.b`."""
    for node in file.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def functions_of(file: File) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in file.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def aliases_of(file: File) -> dict[str, str]:
    """Map each local name to what it stands for, so that `from time import time as t` is seen."""
    names: dict[str, str] = {}
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
    return names


def uses_of(file: File) -> Iterator[tuple[ast.AST, str]]:
    """Yield each called function and each read attribute, by its full dotted name."""
    aliases = aliases_of(file)
    for node in file.nodes:
        name = ""
        if isinstance(node, ast.Call):
            name = dotted(node.func)
        elif isinstance(node, ast.Attribute):
            name = dotted(node)
        if name:
            head, _, rest = name.partition(".")
            yield node, ".".join(part for part in (aliases.get(head, head), rest) if part)


# The rules.


def modules_that_are_too_long(files: list[File]) -> Iterator[str]:
    for file in files:
        if file.is_source or file.is_test:
            lines_max = TEST_MODULE_LINES_MAX if file.is_test else MODULE_LINES_MAX
            if len(file.lines) > lines_max:
                yield f"{file.path}:{lines_max}: {len(file.lines)} lines, {lines_max} allowed; divide it"


def functions_that_are_too_long(files: list[File]) -> Iterator[str]:
    for file in files:
        for function in functions_of(file) if file.is_source or file.is_test else ():
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > FUNCTION_LINES_MAX:
                found = f"{function.name} has {length} lines, {FUNCTION_LINES_MAX} allowed"
                yield file.at(function, f"{found}; branch in the parent, compute in straight leaves")


def modules_named_like_drawers(files: list[File]) -> Iterator[str]:
    for file in files:
        if file.is_source or file.is_test:
            for part in Path(file.path).with_suffix("").parts:
                if part.strip("_") in DRAWER_NAMES:
                    yield f"{file.path}:1: `{part}` is a drawer, not a subject; name it after what it holds"


def faces_without_all(files: list[File]) -> Iterator[str]:
    for file in files:
        if not file.is_source or not file.path.endswith("/__init__.py"):
            continue
        listed = next(
            (n for n in file.tree.body if isinstance(n, ast.Assign) and dotted(n.targets[0]) == "__all__"),
            None,
        )
        if listed is None:
            yield f"{file.path}:1: a package's face says in __all__ what it offers"
            continue
        offered = set(ast.literal_eval(listed.value))
        bound = {name for node in file.tree.body for name in _bound_names(node)}
        for name in sorted(offered - bound):
            yield file.at(listed, f"__all__ offers {name}, which this face does not have")


def _bound_names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (dotted(target) for target in targets)
    elif isinstance(node, ast.If) and dotted(node.test) == "TYPE_CHECKING":
        # What a face imports only when it is asked for: its `__getattr__` hands it out.
        for inner in node.body:
            yield from _bound_names(inner)


def calls_outside_their_room(files: list[File]) -> Iterator[str]:
    for file in files:
        for node, name in uses_of(file) if file.is_source else ():
            for pattern, rooms, instead in BANNED_CALLS:
                is_call = isinstance(node, ast.Call)
                if (is_call or "." in name) and file.room not in rooms and re.fullmatch(pattern, name):
                    yield file.at(node, f"{name} in {file.room or 'the package face'}; {instead}")


def floats_in_pure_rooms(files: list[File]) -> Iterator[str]:
    for file in files:
        for node in file.nodes if file.is_source and file.room in PURE_ROOMS else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
                yield file.at(
                    node, f"float literal {node.value!r}; use an int of the smallest unit, or a Ratio"
                )
            elif isinstance(node, ast.Call) and dotted(node.func) in {"float", "complex"}:
                yield file.at(node, "float(); amounts are ints, and ratios stay two ints")
        for node, name in uses_of(file) if file.is_source and file.room in PURE_ROOMS else ():
            if name.startswith("math.") and name not in WHOLE_MATHS:
                yield file.at(node, f"{name} works in floats; use ints")


def true_divisions_in_pure_rooms(files: list[File]) -> Iterator[str]:
    for file in files:
        if not file.is_source or file.room not in PURE_ROOMS:
            continue
        allowed = {
            id(inner)
            for function in functions_of(file)
            if (file.module, function.name) in DIVIDING_FUNCTIONS
            for inner in ast.walk(function)
        }
        for node in file.nodes:
            if (
                isinstance(node, ast.BinOp | ast.AugAssign)
                and isinstance(node.op, ast.Div)
                and id(node) not in allowed
            ):
                yield file.at(node, "`/` makes a float; use a helper of money that names its direction")


def divisions_without_a_direction(files: list[File]) -> Iterator[str]:
    for file in files:
        if not file.is_source or file.room not in PURE_ROOMS - {"money"}:
            continue
        for function in functions_of(file):
            for node in ast.walk(function):
                divides = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.FloorDiv)
                rounds = isinstance(node, ast.Call) and dotted(node.func) == "round"
                if (divides or rounds) and not _has_direction(file, node):
                    instead = "use div_floor, div_ceil …, or end the line with `# floor: why`, `# exact: why`"
                    yield file.at(node, f"a division that names no direction; {instead}")


def _has_direction(file: File, node: ast.AST) -> bool:
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", 1)
    return any(DIRECTION_COMMENT.search(line) for line in file.lines[first - 1 : last])


def imports_that_pure_rooms_may_not_make(files: list[File]) -> Iterator[str]:
    for file in files:
        if not file.is_source or file.room not in PURE_ROOMS:
            continue
        for node, name in imports_of(file):
            parts = name.split(".")
            if parts[0] == "solvent":
                if len(parts) > 1 and parts[1] not in PURE_NEIGHBOURS[file.room]:
                    yield file.at(
                        node, f"{file.room} imports {name}; it may import {PURE_NEIGHBOURS[file.room]}"
                    )
            elif parts[0] not in PURE_IMPORTS:
                yield file.at(
                    node, f"{file.room} imports {name}; no clock, socket, file, log or chance in here"
                )


def models_imported_past_the_registry(files: list[File]) -> Iterator[str]:
    """Inside margin, only its face, the registry and the presets know which models there are."""
    for file in files:
        parts = file.module.split(".")
        inside = parts[2] if len(parts) > 2 else "__init__"
        if not file.is_source or file.room != "margin" or inside in MODEL_IMPORTERS:
            continue
        for node, name in imports_of(file):
            target = name.split(".")
            if target[:2] == ["solvent", "margin"] and len(target) > 2 and target[2] in MODELS - {inside}:
                known = ", ".join(sorted(MODEL_IMPORTERS))
                yield file.at(
                    node, f"margin.{inside} imports {name}; {known} know the models: ask the registry"
                )


def rooms_without_a_readme(files: list[File]) -> Iterator[str]:
    paths = {file.path: file for file in files}
    for room in sorted({file.room for file in files if file.is_source and file.room}):
        readme = paths.get(f"{PACKAGE}/{room}/README.md")
        if readme is None:
            yield f"{PACKAGE}/{room}:1: a room opens with a README.md on what may not go in"
        elif not re.search(
            r"\b(may not|must not|never|does not belong|not go in|no place)\b", readme.text, re.IGNORECASE
        ):
            yield f"{readme.path}:1: it does not say what may not go in"


def private_words(files: list[File]) -> Iterator[str]:
    for file in files:
        if not any(word in file.text for word in PRIVATE_WORDS):
            continue
        for number, line in enumerate(file.lines, start=1):
            for word in PRIVATE_WORDS:
                if word in line:
                    yield f"{file.path}:{number}: names {word}; no commit names a machine or a registry"


def names_of_tests_that_are_no_sentence(files: list[File]) -> Iterator[str]:
    for file in files:
        for function in functions_of(file) if file.is_test else ():
            if function.name.startswith("test_"):
                words = [word for word in function.name.split("_")[1:] if word]
                if len(words) < TEST_NAME_WORDS_MIN:
                    found = (
                        f"{function.name} is no sentence: {len(words)} words, {TEST_NAME_WORDS_MIN} needed"
                    )
                    yield file.at(function, f"{found}; say what happens when")


def clocks_in_tests(files: list[File]) -> Iterator[str]:
    for file in files:
        for node, name in uses_of(file) if file.is_test else ():
            if isinstance(node, ast.Call) and re.fullmatch(BANNED_TEST_CALLS, name):
                yield file.at(node, f"{name} in a test; hand the code a clock, and measure in benchmarks/")


def dead_files(files: list[File]) -> Iterator[str]:
    """Complain of modules that no source imports, empty files, and data that no source reads."""
    sources = [file for file in files if file.is_source]
    imported = {name for file in sources for _, name in imports_of(file)}
    spoken = "\n".join(file.text for file in sources)
    for file in files:
        name = Path(file.path).name
        if (file.is_source or file.is_test) and not file.text.strip():
            yield f"{file.path}:1: the file is empty; say in a docstring what is here, or remove it"
        elif file.is_source and name not in {"__init__.py", "__main__.py"}:
            if file.module not in imported and file.module not in spoken:
                yield f"{file.path}:1: nothing in {PACKAGE} imports it; use it or remove it"
        elif file.path.startswith(f"{PACKAGE}/") and name.endswith((".csv", ".json")):
            read_by_name = name in spoken or f'"{Path(name).stem}"' in spoken
            if not read_by_name and f'"*{Path(name).suffix}"' not in spoken:
                yield f"{file.path}:1: no source names this file; use it or remove it"


def exceptions_swallowed_whole(files: list[File]) -> Iterator[str]:
    for file in files:
        for node in file.nodes if file.is_source else ():
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or dotted(node.type) == "BaseException"
            ):
                yield file.at(node, "catches everything, the interrupt too; name what may happen")


def skipped_tests(files: list[File]) -> Iterator[str]:
    for file in files:
        for node, name in uses_of(file) if file.is_test else ():
            if re.fullmatch(r"pytest\.(skip|importorskip|mark\.(skip|skipif))", name):
                yield file.at(node, f"{name}: a test runs or is removed")


# The tests.


@pytest.fixture(scope="module")
def project() -> list[File]:
    return read_project()


def assert_none(complaints: Iterator[str]) -> None:
    found = sorted(set(complaints))
    if found:
        pytest.fail(f"{len(found)} to mend:\n" + "\n".join(found), pytrace=False)


def test_the_walk_finds_the_source_and_the_tests(project: list[File]) -> None:
    paths = {file.path for file in project}
    assert {
        "src/solvent/__init__.py",
        "src/solvent/money/__init__.py",
        "tests/test_tidy.py",
        "Makefile",
    } <= paths
    assert not [path for path in paths if ".venv" in path or "__pycache__" in path]


def test_no_module_is_too_long_to_hold_one_subject(project: list[File]) -> None:
    assert_none(modules_that_are_too_long(project))


def test_no_function_is_longer_than_a_screen(project: list[File]) -> None:
    assert_none(functions_that_are_too_long(project))


def test_no_module_is_named_like_a_drawer(project: list[File]) -> None:
    assert_none(modules_named_like_drawers(project))


def test_every_package_face_says_what_it_offers(project: list[File]) -> None:
    assert_none(faces_without_all(project))


def test_no_room_calls_what_belongs_to_another_room(project: list[File]) -> None:
    assert_none(calls_outside_their_room(project))


def test_no_float_stands_in_money_margin_or_engine(project: list[File]) -> None:
    assert_none(floats_in_pure_rooms(project))


def test_no_true_division_stands_in_money_margin_or_engine(project: list[File]) -> None:
    assert_none(true_divisions_in_pure_rooms(project))


def test_every_division_in_margin_and_engine_names_its_direction(project: list[File]) -> None:
    assert_none(divisions_without_a_direction(project))


def test_pure_rooms_import_nothing_that_reaches_the_world(project: list[File]) -> None:
    assert_none(imports_that_pure_rooms_may_not_make(project))


def test_no_margin_module_reaches_past_the_registry_to_a_model(project: list[File]) -> None:
    assert_none(models_imported_past_the_registry(project))


def test_every_room_says_what_may_not_go_in(project: list[File]) -> None:
    assert_none(rooms_without_a_readme(project))


def test_no_committed_text_names_a_machine_or_a_registry(project: list[File]) -> None:
    assert_none(private_words(project))


def test_every_test_name_is_a_sentence(project: list[File]) -> None:
    assert_none(names_of_tests_that_are_no_sentence(project))


def test_no_test_waits_or_reads_a_clock(project: list[File]) -> None:
    assert_none(clocks_in_tests(project))


def test_every_file_is_used_by_another(project: list[File]) -> None:
    assert_none(dead_files(project))


def test_no_handler_swallows_every_exception(project: list[File]) -> None:
    assert_none(exceptions_swallowed_whole(project))


def test_no_test_is_skipped_or_made_optional(project: list[File]) -> None:
    assert_none(skipped_tests(project))


def bad(path: str, text: str) -> list[File]:
    return [File(path, text)]


# One file that breaks each rule, and a word of the complaint that it must draw.
BROKEN: list[tuple[Rule, list[File], str]] = [
    (modules_that_are_too_long, bad("src/solvent/money/long.py", "x = 1\n" * 601), "601 lines"),
    (modules_that_are_too_long, bad("tests/unit/test_long.py", "x = 1\n" * 1001), "1001 lines"),
    (functions_that_are_too_long, bad("src/solvent/api/f.py", "def f():\n" + "    x = 1\n" * 70), "71 lines"),
    (modules_named_like_drawers, bad("src/solvent/margin/utils.py", "x = 1"), "drawer"),
    (modules_named_like_drawers, bad("src/solvent/common/__init__.py", "x = 1"), "drawer"),
    (faces_without_all, bad("src/solvent/money/__init__.py", "import solvent"), "__all__"),
    (faces_without_all, bad("src/solvent/money/__init__.py", "__all__ = ['gone']"), "gone"),
    (
        calls_outside_their_room,
        bad("src/solvent/margin/f.py", "import time\ntime.time()"),
        "f.py:2: time.time",
    ),
    (calls_outside_their_room, bad("src/solvent/cli/f.py", "from time import time as t\nt()"), "time.time"),
    (
        calls_outside_their_room,
        bad("src/solvent/api/f.py", "import datetime as d\nd.datetime.now()"),
        "now_ms",
    ),
    (calls_outside_their_room, bad("src/solvent/prices/f.py", "import random\nrandom.choice([1])"), "seed"),
    (calls_outside_their_room, bad("src/solvent/engine/f.py", "import os\nos.environ['A']"), "os.environ"),
    (calls_outside_their_room, bad("src/solvent/dialects/f.py", "print(1)"), "command line prints"),
    (floats_in_pure_rooms, bad("src/solvent/money/f.py", "x = 0.5"), "float literal 0.5"),
    (floats_in_pure_rooms, bad("src/solvent/margin/f.py", "x = 1e18"), "float literal"),
    (floats_in_pure_rooms, bad("src/solvent/engine/f.py", "x = float('1')"), "float()"),
    (floats_in_pure_rooms, bad("src/solvent/margin/f.py", "from math import sqrt\nx = sqrt(2)"), "math.sqrt"),
    (true_divisions_in_pure_rooms, bad("src/solvent/margin/f.py", "a = 1\nb = a / 2"), "f.py:2"),
    (true_divisions_in_pure_rooms, bad("src/solvent/money/f.py", "a = 1\na /= 2"), "f.py:2"),
    (divisions_without_a_direction, bad("src/solvent/margin/f.py", "def f(a):\n    return a // 2"), "f.py:2"),
    (
        divisions_without_a_direction,
        bad("src/solvent/margin/f.py", "def f(a):\n    return round(a)"),
        "f.py:2",
    ),
    (imports_that_pure_rooms_may_not_make, bad("src/solvent/margin/f.py", "import os"), "imports os"),
    (imports_that_pure_rooms_may_not_make, bad("src/solvent/engine/f.py", "from rich import table"), "rich"),
    (
        imports_that_pure_rooms_may_not_make,
        bad("src/solvent/money/f.py", "import solvent.margin"),
        "solvent.margin",
    ),
    (
        models_imported_past_the_registry,
        bad("src/solvent/margin/solvers.py", "from solvent.margin import tiered"),
        "registry",
    ),
    (
        models_imported_past_the_registry,
        bad("src/solvent/margin/lending/pool.py", "from solvent.margin.tiered.maths import f"),
        "registry",
    ),
    (rooms_without_a_readme, bad("src/solvent/sim/f.py", "x = 1"), "README"),
    (
        rooms_without_a_readme,
        [*bad("src/solvent/sim/f.py", "x = 1"), *bad("src/solvent/sim/README.md", "# sim\n\nSeeded.")],
        "what may not go in",
    ),
    *((private_words, bad("docs/a.md", f"one\nsee {word}"), "a.md:2") for word in PRIVATE_WORDS),
    (
        names_of_tests_that_are_no_sentence,
        bad("tests/unit/test_f.py", "def test_margin_2(): ..."),
        "no sentence",
    ),
    (clocks_in_tests, bad("tests/unit/test_f.py", "import time\ntime.sleep(1)"), "clock"),
    (clocks_in_tests, bad("tests/unit/test_f.py", "from time import perf_counter\nperf_counter()"), "clock"),
    (dead_files, bad("src/solvent/money/lonely.py", "x = 1"), "nothing in"),
    (dead_files, bad("src/solvent/money/__init__.py", ""), "empty"),
    (dead_files, bad("src/solvent/prices/closes.csv", "1,2"), "no source names"),
    (exceptions_swallowed_whole, bad("src/solvent/api/f.py", "try:\n    f()\nexcept:\n    pass"), "f.py:3"),
    (
        skipped_tests,
        bad("tests/unit/test_f.py", "import pytest\npytest.skip('later')"),
        "runs or is removed",
    ),
]


@pytest.mark.parametrize(("rule", "files", "word"), BROKEN)
def test_each_rule_complains_of_a_file_that_breaks_it(rule: Rule, files: list[File], word: str) -> None:
    complaints = list(rule(files))
    assert [complaint for complaint in complaints if word in complaint], complaints


def test_every_rule_has_a_file_that_breaks_it() -> None:
    shown = {rule.__name__ for rule, _, _ in BROKEN}
    here = {
        name
        for name, value in globals().items()
        if callable(value) and getattr(value, "__annotations__", {}).get("files") == list[File]
    }
    assert here - {"test_each_rule_complains_of_a_file_that_breaks_it"} == shown


def test_clean_files_draw_no_complaint_from_any_rule() -> None:
    files = [
        File("src/solvent/money/__init__.py", 'from solvent.money.sums import add\n\n__all__ = ["add"]\n'),
        File("src/solvent/money/README.md", "# money\n\nFloats may not go in.\n"),
        File(
            "src/solvent/money/sums.py",
            "from decimal import Decimal\n\n\ndef add(a: int) -> int:\n    return a // 2  # floor: down\n",
        ),
        File("tests/unit/test_sums.py", "def test_adding_nothing_changes_nothing(): ...\n"),
    ]
    assert [complaint for rule, _, _ in BROKEN for complaint in rule(files)] == []
