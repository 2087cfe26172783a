"""What pages, the API and notifications share of HTTP."""
