"""What operators see and do. Nothing that only a rule may change can be edited here: buttons call the actions."""

from marketplace.admin import audit, catalogue, contradictions, people, put_off, requests, rooms, sellers, verdicts

__all__ = ["audit", "catalogue", "contradictions", "people", "put_off", "requests", "rooms", "sellers", "verdicts"]
