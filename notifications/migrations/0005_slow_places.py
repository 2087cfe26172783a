from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0004_operators_list'),
    ]

    operations = [
        migrations.CreateModel(
            name='SlowPlace',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('inapp', 'inapp'), ('email', 'email'), ('push', 'push')], max_length=32)),
                ('name', models.CharField(max_length=300)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('failed_at', models.DateTimeField()),
                ('until', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('channel', 'name'), name='one_row_per_slow_place')],
            },
        ),
    ]
