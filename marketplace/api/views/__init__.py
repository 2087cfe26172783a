"""The addresses, one file a matter. They translate: no rule, no decision, no try/except."""
