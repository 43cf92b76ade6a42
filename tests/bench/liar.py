"""A writer that acknowledges one command which it never carried out; the count after a kill finds it."""

import sys

from benchmarks import victim

if __name__ == "__main__":
    sys.stdout.write("nobody never-written\n")
    victim.main()
