"""The whole engine: random lives of a venue against an independent bookkeeper."""
