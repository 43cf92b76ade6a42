"""Books of partitions: written, checked, counted here and by workers."""
