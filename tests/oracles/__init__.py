"""The models written a second time, slowly, from their specs: the tests compare."""
