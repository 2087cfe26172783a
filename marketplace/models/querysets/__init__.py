"""The querysets of the models' managers."""
