
import django.db.models.deletion
import notifications.vocabulary
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('marketplace', '0006_outbox'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='calendar_feed', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ChannelTest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('inapp', 'inapp'), ('email', 'email'), ('push', 'push')], max_length=32)),
                ('address', models.CharField(blank=True, default='', max_length=254)),
                ('code_hash', models.CharField(max_length=128)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='channel_tests', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='PushSubscription',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('endpoint', models.URLField(max_length=1000, unique=True)),
                ('p256dh', models.CharField(max_length=100)),
                ('auth', models.CharField(max_length=50)),
                ('made_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_subscriptions', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Wishes',
            fields=[
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='wishes', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('quiet_from', models.TimeField(null=True)),
                ('quiet_to', models.TimeField(null=True)),
                ('digest_at', models.TimeField(null=True)),
                ('next_digest_at', models.DateTimeField(db_index=True, null=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_to', None)), models.Q(('quiet_from__isnull', False), ('quiet_to__isnull', False)), _connector='OR'), name='quiet_hours_have_two_ends'), models.CheckConstraint(condition=models.Q(models.Q(('digest_at', None), ('next_digest_at', None)), models.Q(('digest_at__isnull', False), ('next_digest_at__isnull', False)), _connector='OR'), name='digest_has_a_next_one')],
            },
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('occasion', models.CharField(max_length=150)),
                ('channel', models.CharField(choices=[('inapp', 'inapp'), ('email', 'email'), ('push', 'push')], max_length=32)),
                ('kind', models.CharField(choices=[('purchase', 'purchase'), ('message', 'message'), ('request_placed', 'request_placed'), ('request_due', 'request_due'), ('request_changed', 'request_changed'), ('cancelled', 'cancelled'), ('reversed', 'reversed'), ('delivered', 'delivered'), ('approval_due', 'approval_due'), ('sent_back', 'sent_back'), ('completed', 'completed'), ('review', 'review'), ('schedule', 'schedule'), ('silence', 'silence'), ('first_answer', 'first_answer'), ('no_schedule', 'no_schedule'), ('milestone', 'milestone'), ('progress', 'progress'), ('digest', 'digest'), ('test', 'test')], max_length=32)),
                ('words', models.CharField(max_length=40)),
                ('facts', models.JSONField(default=dict)),
                ('made_at', models.DateTimeField()),
                ('read_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sent', 'sent'), ('failed', 'failed'), ('dropped', 'dropped')], default=notifications.vocabulary.State['WAITING'], max_length=32)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('last_error', models.TextField(blank=True, default='')),
                ('refused_for_good', models.BooleanField(default=False)),
                ('sent_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('event', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketplace.event')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='marketplace.cancelrequest')),
                ('room', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notifications', to='marketplace.talkroom')),
            ],
            options={
                'permissions': [('redeliver_notification', 'Can send a failed notification again')],
                'indexes': [models.Index(fields=['person', 'channel', '-made_at', '-id'], name='inbox_newest_first'), models.Index(condition=models.Q(('state', 'waiting')), fields=['next_attempt_at'], name='notification_to_send'), models.Index(condition=models.Q(('channel', 'inapp'), ('read_at', None)), fields=['person'], name='notification_unread')],
                'constraints': [models.UniqueConstraint(fields=('occasion', 'person', 'channel'), name='told_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['inapp', 'email', 'push'])), name='notification_channel_is_known'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sent', 'failed', 'dropped'])), name='notification_state_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at', None), ('next_attempt_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('answered_at__isnull', False), ('next_attempt_at', None)), _connector='OR'), name='notification_waits_or_is_answered')],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('purchase', 'purchase'), ('message', 'message'), ('request_placed', 'request_placed'), ('request_due', 'request_due'), ('request_changed', 'request_changed'), ('cancelled', 'cancelled'), ('reversed', 'reversed'), ('delivered', 'delivered'), ('approval_due', 'approval_due'), ('sent_back', 'sent_back'), ('completed', 'completed'), ('review', 'review'), ('schedule', 'schedule'), ('silence', 'silence'), ('first_answer', 'first_answer'), ('no_schedule', 'no_schedule'), ('milestone', 'milestone'), ('progress', 'progress'), ('digest', 'digest'), ('test', 'test')], max_length=32)),
                ('channel', models.CharField(choices=[('inapp', 'inapp'), ('email', 'email'), ('push', 'push')], max_length=32)),
                ('on', models.BooleanField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_preferences', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'kind', 'channel'), name='one_switch_per_kind_and_channel')],
            },
        ),
        migrations.CreateModel(
            name='Reach',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('inapp', 'inapp'), ('email', 'email'), ('push', 'push')], max_length=32)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('address', models.CharField(blank=True, default='', max_length=254)),
                ('broken_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True, default='')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reach', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('person', 'channel'), name='one_reach_per_channel')],
            },
        ),
        migrations.CreateModel(
            name='RunningLadder',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('ladder', models.CharField(choices=[('silence', 'silence'), ('request', 'request'), ('first_contact', 'first_contact'), ('unanswered', 'unanswered'), ('no_schedule', 'no_schedule'), ('milestone', 'milestone'), ('progress', 'progress'), ('approval', 'approval')], max_length=32)),
                ('subject', models.UUIDField()),
                ('generation', models.BigIntegerField()),
                ('told_up_to', models.PositiveSmallIntegerField(default=0)),
                ('next_step_at', models.DateTimeField(null=True)),
                ('room', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='ladders', to='marketplace.talkroom')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='ladder_by_next_step')],
                'constraints': [models.UniqueConstraint(fields=('room', 'ladder', 'subject'), name='one_ladder_per_subject')],
            },
        ),
    ]
