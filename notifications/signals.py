"""What notifications want done by others: `config.wiring` connects these to marketplace's actions."""

from django.dispatch import Signal

notice_failed = Signal()
"""Every notice of a cancel request was refused for good (`request_id`, `by`, `reason`): extend its window."""

address_confirmed = Signal()
"""A person confirmed an e-mail address (`person_id`, `address`)."""
