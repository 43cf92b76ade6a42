"""What gateways read and write, without a server."""
