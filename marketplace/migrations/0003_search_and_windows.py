"""Fills what older rows lack: the search text of services, and the oldest date that each seller's figures count."""

from django.db import migrations

from marketplace import search

AT_ONCE = 1000

OLDEST_COUNTED = """
    UPDATE marketplace_seller seller
    SET oldest_counted_at = least(
        (SELECT min(deal.ended_at) FROM marketplace_deal deal
         WHERE deal.seller_id = seller.id AND deal.status = 'completed'),
        (SELECT min(verdict.effective_at) FROM marketplace_verdict verdict
         WHERE verdict.seller_id = seller.id AND verdict.at_fault = 'seller'),
        (SELECT min(review.dated_at) FROM marketplace_review review
         WHERE review.seller_id = seller.id AND review.hidden_at IS NULL))
"""


def cut_titles(apps, schema_editor):
    """Cut every title into the pairs that a search asks for."""
    services = apps.get_model("marketplace", "Service")
    batch = []
    for service in services.objects.only("id", "title").iterator(AT_ONCE):
        service.search_text = search.normalised(service.title)
        service.search_grams = search.grams(service.search_text)
        batch.append(service)
        if len(batch) == AT_ONCE:
            services.objects.bulk_update(batch, ["search_text", "search_grams"])
            batch.clear()
    services.objects.bulk_update(batch, ["search_text", "search_grams"])


class Migration(migrations.Migration):
    dependencies = [("marketplace", "0002_life_of_a_deal")]

    operations = [
        migrations.RunPython(cut_titles, migrations.RunPython.noop),
        migrations.RunSQL(OLDEST_COUNTED, migrations.RunSQL.noop),
    ]
