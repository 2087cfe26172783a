
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0011_compare_names'),
    ]

    operations = [
        migrations.AddField(
            model_name='presence',
            name='forwarded_unheeded',
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
