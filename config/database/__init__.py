"""The database backend: Django's for PostgreSQL, which recovers by itself from failures of the server."""
