"""The addresses of the service, a module for each subject; each lists its handlers in HANDLERS."""

__all__ = []
