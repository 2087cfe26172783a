"""The HTTP API: it translates requests into actions and rows into JSON, nothing else."""
