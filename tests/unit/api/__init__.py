"""The runtime: clocks, the single writer, replies, the venue brought back from its journal."""
