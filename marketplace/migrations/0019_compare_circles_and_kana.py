"""Writes how titles are compared now: which of several look-alike circles and kana was typed makes no difference."""

from importlib import import_module

from django.db import migrations

compare_anew = import_module("marketplace.migrations.0014_compare_what_is_seen").compare_anew


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("marketplace", "0018_any_language")]

    operations = [migrations.RunPython(compare_anew, migrations.RunPython.noop)]
