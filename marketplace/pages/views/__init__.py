"""The views, one module a matter, each with its URLs. They hold no rule."""
