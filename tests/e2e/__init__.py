"""The terminal in a real browser, in front of a real server, found by what a person sees."""
