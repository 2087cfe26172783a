"""Rules of one row become constraints. New rows keep them from here on; 0022 looks at the old ones.

Two steps, so that a big table is locked for a moment only.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0020_words_have_labels'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='cancelrequest',
            constraint=models.CheckConstraint(condition=Q(ended_at__gte=F('placed_at')), name='request_ends_after_it_was_placed'),
        ),
        AddConstraintNotValid(
            model_name='cancelrequest',
            constraint=models.CheckConstraint(condition=Q(status='auto_cancelled') | Q(ended_at__lte=F('reply_deadline')), name='request_ends_by_its_deadline'),
        ),
        AddConstraintNotValid(
            model_name='deal',
            constraint=models.CheckConstraint(condition=Q(ended_at__gte=F('purchased_at')), name='deal_ends_after_its_purchase'),
        ),
        AddConstraintNotValid(
            model_name='deal',
            constraint=models.CheckConstraint(
                condition=(~Q(approved_by='window') | Q(ended_at=F('approval_deadline')))
                & (~Q(approved_by='buyer') | Q(ended_at__lte=F('approval_deadline'))),
                name='deal_is_approved_in_its_time',
            ),
        ),
        AddConstraintNotValid(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=Q(acknowledged_at__gte=F('recorded_at')), name='verdict_acknowledged_after_it_was_written'),
        ),
    ]
