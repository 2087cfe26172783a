"""Looks whether old rows keep the rules of 0021. Reads and writes go on meanwhile.

An error names the constraint that a row contradicts; nothing is changed then.
"""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0021_rules_of_one_row'),
    ]

    operations = [
        migrations.RunSQL("SET LOCAL statement_timeout = '1h'", migrations.RunSQL.noop),
        ValidateConstraint(model_name='cancelrequest', name='request_ends_after_it_was_placed'),
        ValidateConstraint(model_name='cancelrequest', name='request_ends_by_its_deadline'),
        ValidateConstraint(model_name='deal', name='deal_ends_after_its_purchase'),
        ValidateConstraint(model_name='deal', name='deal_is_approved_in_its_time'),
        ValidateConstraint(model_name='verdict', name='verdict_acknowledged_after_it_was_written'),
    ]
