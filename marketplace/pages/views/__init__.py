"""The pages, one file a matter, each with its addresses. They translate: no rule, no decision."""
