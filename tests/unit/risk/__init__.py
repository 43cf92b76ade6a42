"""Units of the room that points at who may be due."""
