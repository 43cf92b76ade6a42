"""The vendors' own clients, unmodified, against the gateways of a real server; `make test-sdks` runs them."""
