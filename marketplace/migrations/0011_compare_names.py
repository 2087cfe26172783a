"""Writes by which key each name is compared. Of names that are alike the first made keeps the key.

The others go on as they stand: their owners log in by the exact spelling. The log tells how many there
are, and names some; nobody is locked out. In batches, so that the running version keeps working.
"""

import logging

from django.db import IntegrityError, migrations, transaction

from marketplace.names import compared_name

AT_ONCE = 1000
TOLD = 20

logger = logging.getLogger(__name__)


def write_keys(apps, schema_editor):
    people = apps.get_model("marketplace", "User").objects
    first_made_first = list(people.filter(username_key=None).order_by("date_joined", "pk").values_list("pk", flat=True))
    alike = []
    for begin in range(0, len(first_made_first), AT_ONCE):
        keys = first_made_first[begin : begin + AT_ONCE]
        found = people.only("pk", "username").in_bulk(keys)
        with transaction.atomic():
            alike += [found[key].username for key in keys if key in found and not _key_written(people, found[key])]
    if alike:
        logger.warning(
            "%s people have a name that is like somebody else's, and log in by its exact spelling: %s",
            len(alike),
            ", ".join(alike[:TOLD]),
        )


def _key_written(people, person):
    try:
        with transaction.atomic():
            people.filter(pk=person.pk, username_key=None).update(username_key=compared_name(person.username))
    except IntegrityError:
        return False
    return True


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("marketplace", "0010_names_and_sessions")]

    operations = [migrations.RunPython(write_keys, migrations.RunPython.noop)]
