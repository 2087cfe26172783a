"""Writes how titles are compared now, in batches. Most say the same as before, and are left alone."""

from django.db import migrations, transaction

from marketplace import search

AT_ONCE = 1000


def compare_anew(apps, schema_editor):
    """A title that its owner changes meanwhile is passed over: the change wrote what is right."""
    services = apps.get_model("marketplace", "Service").objects
    after = None
    while batch := _next(services, after):
        with transaction.atomic():
            for service in batch:
                text = search.normalised(service.title)
                if text != service.search_text:
                    stands = services.filter(pk=service.pk, title=service.title)
                    stands.update(search_text=text, search_grams=search.grams(text))
        after = batch[-1].pk


def _next(services, after):
    rest = services.order_by("pk").only("pk", "title", "search_text")
    return list((rest if after is None else rest.filter(pk__gt=after))[:AT_ONCE])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("marketplace", "0013_addresses")]

    operations = [migrations.RunPython(compare_anew, migrations.RunPython.noop)]
