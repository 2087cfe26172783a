from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0014_compare_what_is_seen'),
    ]

    operations = [
        migrations.AddField(
            model_name='presence',
            name='reaches_database',
            field=models.BooleanField(db_default=True, default=True),
        ),
    ]
