"""Names the rows that go with a person, as the admin lists them before it deletes one."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0023_names_of_fields'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='idempotencykey',
            options={'verbose_name': 'kept answer', 'verbose_name_plural': 'kept answers'},
        ),
        migrations.AlterModelOptions(
            name='opensession',
            options={'verbose_name': 'open session', 'verbose_name_plural': 'open sessions'},
        ),
    ]
