"""Questions to the rows. They read; actions alone write."""
