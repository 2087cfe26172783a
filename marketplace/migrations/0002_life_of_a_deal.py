

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import marketplace.vocabulary
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('marketplace', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=100)),
                ('due_on', models.DateField()),
                ('done_at', models.DateTimeField(null=True)),
                ('shared_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='MilestoneChange',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('title', models.CharField(max_length=100)),
                ('due_on', models.DateField()),
                ('done_at', models.DateTimeField(null=True)),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.AlterModelOptions(
            name='cancelrequest',
            options={'permissions': [('steer_cancelrequest', 'Can hold, release and extend a cancel request')]},
        ),
        migrations.AlterModelOptions(
            name='message',
            options={'permissions': [('hide_message', 'Can hide a message from both parties')]},
        ),
        migrations.AlterModelOptions(
            name='seller',
            options={'permissions': [('resume_seller', 'Can acknowledge verdicts and resume services for a seller')]},
        ),
        migrations.AlterModelOptions(
            name='verdict',
            options={'permissions': [('reverse_verdict', 'Can reverse a verdict')]},
        ),
        migrations.RemoveConstraint(
            model_name='cancelrequest',
            name='request_status_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='cancelrequest',
            name='open_request_has_a_deadline_or_is_held',
        ),
        migrations.RemoveConstraint(
            model_name='message',
            name='message_kind_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='verdict',
            name='verdict_at_fault_is_known',
        ),
        migrations.AddField(
            model_name='cancelrequest',
            name='remaining_when_held',
            field=models.DurationField(null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='approval_deadline',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='approval_window',
            field=models.DurationField(default=datetime.timedelta(days=3)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='deal',
            name='approved_by',
            field=models.CharField(choices=[('buyer', 'buyer'), ('window', 'window')], max_length=32, null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='first_contact_deadline',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='first_contact_window',
            field=models.DurationField(null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='generation',
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name='deal',
            name='settle_after',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='settle_failures',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='message',
            name='hidden_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='presence',
            name='publish_failures',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='seller',
            name='oldest_counted_at',
            field=models.DateTimeField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name='service',
            name='search_grams',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), default=list, editable=False, size=None),
        ),
        migrations.AddField(
            model_name='service',
            name='search_text',
            field=models.TextField(default='', editable=False),
        ),
        migrations.AddField(
            model_name='verdict',
            name='reversed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='verdict',
            name='reversed_because',
            field=models.TextField(blank=True, default=''),
        ),
        migrations.AlterField(
            model_name='cancelrequest',
            name='status',
            field=models.CharField(choices=[('awaiting_reply', 'awaiting_reply'), ('revoked_by_reply', 'revoked_by_reply'), ('withdrawn', 'withdrawn'), ('auto_cancelled', 'auto_cancelled'), ('ended_with_deal', 'ended_with_deal')], default=marketplace.vocabulary.RequestStatus['AWAITING_REPLY'], max_length=32),
        ),
        migrations.AlterField(
            model_name='deal',
            name='cancel_cause',
            field=models.CharField(choices=[('no_contact', 'no_contact'), ('no_first_contact', 'no_first_contact')], max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name='event',
            name='kind',
            field=models.CharField(choices=[('service_created', 'service_created'), ('service_changed', 'service_changed'), ('service_published', 'service_published'), ('service_paused', 'service_paused'), ('service_resumed', 'service_resumed'), ('deal_purchased', 'deal_purchased'), ('message_posted', 'message_posted'), ('message_hidden', 'message_hidden'), ('schedule_changed', 'schedule_changed'), ('request_placed', 'request_placed'), ('request_revoked', 'request_revoked'), ('request_withdrawn', 'request_withdrawn'), ('request_ended_with_deal', 'request_ended_with_deal'), ('request_held', 'request_held'), ('request_released', 'request_released'), ('request_extended', 'request_extended'), ('reply_refused_late', 'reply_refused_late'), ('deal_delivered', 'deal_delivered'), ('deal_sent_back', 'deal_sent_back'), ('deal_completed', 'deal_completed'), ('deal_cancelled', 'deal_cancelled'), ('verdict_reversed', 'verdict_reversed'), ('review_written', 'review_written'), ('standing_changed', 'standing_changed'), ('seller_resumed', 'seller_resumed'), ('settlement_put_off', 'settlement_put_off')], max_length=32),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('text', 'text'), ('progress_report', 'progress_report'), ('schedule_change', 'schedule_change'), ('delivery', 'delivery'), ('send_back', 'send_back'), ('automatic', 'automatic'), ('system', 'system')], max_length=32),
        ),
        migrations.AlterField(
            model_name='message',
            name='line',
            field=models.CharField(choices=[('purchase', 'purchase'), ('request_placed', 'request_placed'), ('request_withdrawn', 'request_withdrawn'), ('request_ended_with_deal', 'request_ended_with_deal'), ('request_held', 'request_held'), ('request_released', 'request_released'), ('request_extended', 'request_extended'), ('cancelled', 'cancelled'), ('cancelled_without_first_contact', 'cancelled_without_first_contact'), ('approved', 'approved'), ('approved_by_window', 'approved_by_window'), ('verdict_reversed', 'verdict_reversed')], max_length=32, null=True),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='at_fault',
            field=models.CharField(choices=[('buyer', 'buyer'), ('seller', 'seller'), ('nobody', 'nobody')], max_length=32),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='cancel_request',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='verdict', to='marketplace.cancelrequest'),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='cause',
            field=models.CharField(choices=[('no_contact', 'no_contact'), ('no_first_contact', 'no_first_contact')], max_length=32),
        ),
        migrations.AlterField(
            model_name='verdict',
            name='woken_by',
            field=models.CharField(choices=[('eta', 'eta'), ('sweep', 'sweep'), ('visit', 'visit'), ('staff', 'staff')], max_length=32),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('first_contact_deadline__isnull', False), ('status', 'in_progress')), fields=['first_contact_deadline'], name='deal_by_first_contact_deadline'),
        ),
        migrations.AddIndex(
            model_name='deal',
            index=models.Index(condition=models.Q(('status', 'delivered')), fields=['approval_deadline'], name='deal_by_approval_deadline'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(condition=models.Q(('kind__in', ['deal_cancelled', 'deal_completed', 'reply_refused_late', 'settlement_put_off'])), fields=['recorded_at'], name='event_of_a_settlement'),
        ),
        migrations.AddIndex(
            model_name='service',
            index=django.contrib.postgres.indexes.GinIndex(fields=['search_grams'], name='service_by_grams'),
        ),
        migrations.AddIndex(
            model_name='verdict',
            index=models.Index(fields=['-recorded_at', '-id'], name='verdict_newest_first'),
        ),
        migrations.AddConstraint(
            model_name='cancelrequest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['awaiting_reply', 'revoked_by_reply', 'withdrawn', 'auto_cancelled', 'ended_with_deal'])), name='request_status_is_known'),
        ),
        migrations.AddConstraint(
            model_name='cancelrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_at', None), ('remaining_when_held', None), ('reply_deadline__isnull', False)), models.Q(('held_at__isnull', False), ('remaining_when_held__isnull', False), ('reply_deadline', None)), _connector='OR'), name='request_has_a_deadline_or_is_held'),
        ),
        migrations.AddConstraint(
            model_name='deal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('approval_deadline', None), ('approved_by', None), ('status__in', ['in_progress', 'cancelled'])), models.Q(('approval_deadline__isnull', False), ('approved_by', None), ('status', 'delivered')), models.Q(('approval_deadline__isnull', False), ('approved_by__isnull', False), ('status', 'completed')), _connector='OR'), name='deal_approval_agrees_with_status'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['text', 'progress_report', 'schedule_change', 'delivery', 'send_back', 'automatic', 'system'])), name='message_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(('at_fault__in', ['buyer', 'seller', 'nobody'])), name='verdict_at_fault_is_known'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cancel_request__isnull', False), ('cause', 'no_contact')), models.Q(('cancel_request', None), ('cause', 'no_first_contact')), _connector='OR'), name='verdict_cause_agrees_with_its_request'),
        ),
        migrations.AddConstraint(
            model_name='verdict',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at_fault', 'nobody'), ('reversed_at__isnull', False)), models.Q(models.Q(('at_fault', 'nobody'), _negated=True), ('reversed_at', None)), _connector='OR'), name='reversed_verdict_is_nobody_s_fault'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='room',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='milestones', to='marketplace.talkroom'),
        ),
        migrations.AddField(
            model_name='milestonechange',
            name='milestone',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='marketplace.milestone'),
        ),
        migrations.AddIndex(
            model_name='milestone',
            index=models.Index(fields=['room', 'due_on', 'shared_at', 'id'], name='milestone_by_room'),
        ),
    ]
