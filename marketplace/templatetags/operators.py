"""`{% said "English" "日本語" %}` in templates."""

from django import template

from marketplace.admin.words import said

register = template.Library()
register.simple_tag(said, name="said")
