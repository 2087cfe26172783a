"""What notifications offer over HTTP."""
