"""Foreign keys that the deal's imply go: each verdict paid for three of them. `check_invariants` asks for what they held."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0024_rows_of_a_person'),
    ]

    operations = [
        migrations.AlterField(
            model_name='review',
            name='seller',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='marketplace.seller'),
        ),
        migrations.AlterField(
            model_name='review',
            name='service',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='marketplace.service'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='seller',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='marketplace.seller'),
        ),
    ]
