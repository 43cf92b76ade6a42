"""What holds of every feed, however it is used."""
