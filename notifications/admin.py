"""What operators see of notifications."""
