"""The room `testing`: the plugin, and the sandbox that it starts."""
