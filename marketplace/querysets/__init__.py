"""Questions to the database. They read; the actions alone write."""
