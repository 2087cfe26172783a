"""The database backend: Django's for PostgreSQL, which recovers by itself from whatever happens to the server."""
