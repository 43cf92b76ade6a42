"""Other venues' interfaces, asked as their clients ask."""
