"""Names the rows that go with a person, as the admin lists them before it deletes one."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0009_names_of_fields'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='calendarfeed',
            options={'verbose_name': 'calendar', 'verbose_name_plural': 'calendars'},
        ),
        migrations.AlterModelOptions(
            name='channeltest',
            options={'verbose_name': 'test notice', 'verbose_name_plural': 'test notices'},
        ),
        migrations.AlterModelOptions(
            name='preference',
            options={'verbose_name': 'switch of a notice', 'verbose_name_plural': 'switches of notices'},
        ),
        migrations.AlterModelOptions(
            name='pushsubscription',
            options={'verbose_name': 'browser that gets push', 'verbose_name_plural': 'browsers that get push'},
        ),
        migrations.AlterModelOptions(
            name='reach',
            options={'verbose_name': 'way to reach somebody', 'verbose_name_plural': 'ways to reach people'},
        ),
        migrations.AlterModelOptions(
            name='wishes',
            options={'verbose_name': 'wishes about notices', 'verbose_name_plural': 'wishes about notices'},
        ),
    ]
