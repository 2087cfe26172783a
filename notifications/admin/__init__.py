"""What operators see of notifications: deliveries, reach, proof of notice, the words themselves."""

from notifications.admin import deliveries

__all__ = ["deliveries"]
