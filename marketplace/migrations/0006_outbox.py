
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0005_operators_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='heard_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('heard_at', None)), fields=['id'], name='event_unheard'),
        ),
    ]
