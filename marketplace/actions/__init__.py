"""The only writers, one file a matter: imperative, atomic, keyword-only; each returns what happened."""
