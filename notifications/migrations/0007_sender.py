from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_token_of_a_browser'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sender',
            fields=[
                ('channel', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=300)),
                ('until', models.DateTimeField()),
            ],
        ),
    ]
