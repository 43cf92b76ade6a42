"""The exact preview of one position, timed against its peers: `python -m benchmarks`, or `make bench`."""
