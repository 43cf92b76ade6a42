"""Load programs, one after the other in one process: a line of JSON in, its arguments; a line of JSON out.

Each shot would else start a process, which takes longer than the shot itself on small books. It runs in the
product's environment, as `python -m benchmarks.loads`, and ends with its input.
"""

import gc
import importlib
import json
import sys


def main() -> None:
    """Run each program that is asked for."""
    for line in sys.stdin:
        program, *given = json.loads(line)
        sys.argv = [program, *given]
        importlib.import_module(f"benchmarks.{program}").main()
        sys.stdout.flush()
        gc.enable()  # a load turns it off around its shots
        gc.collect()


if __name__ == "__main__":
    main()
