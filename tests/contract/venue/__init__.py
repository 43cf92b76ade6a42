"""A whole venue on its folder under faults: kills, cut and damaged files, full disks, failed syncs."""
