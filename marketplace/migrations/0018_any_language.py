"""People may read any language that `LANGUAGES` holds. The column stays as it is."""

from django.db import migrations, models

import marketplace.readers


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0017_one_redis_for_many")]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, choices=marketplace.readers.languages, default="", max_length=32),
        ),
    ]
