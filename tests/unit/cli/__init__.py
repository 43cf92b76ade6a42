"""The command line: every flag, file and field, good and bad."""
