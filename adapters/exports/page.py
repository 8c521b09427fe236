"""One HTML page with everything on it: no script, nothing from elsewhere, readable on paper."""

from __future__ import annotations

from typing import Final

from jinja2 import Environment

from adapters.exports.notes import decided
from bot.exporting import Export, doi_of, venue_of

_TEMPLATE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>What we read</title>
<style>
:root { color-scheme: light dark; }
body { font: 1rem/1.55 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
article { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 1rem 0; break-inside: avoid; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
p { margin: .3rem 0; overflow-wrap: anywhere; } .about { opacity: .75; font-size: .9rem; }
blockquote { margin: .6rem 0; padding-left: .8rem; border-left: 3px solid; white-space: pre-line; overflow-wrap: anywhere; }
details { margin-top: .4rem; } cite { font-style: normal; opacity: .75; font-size: .9rem; }
</style>
</head>
<body>
<main>
<h1>What we read</h1>
<p class="about">{{ export.works | length }} works{% if export.narrowed %}, a selection{% endif %}, as of {{ export.at.strftime("%Y-%m-%d") }}.</p>
{% for work in export.works %}{% set item = work.item %}
<article id="{{ work.citation_key }}">
<h2><a href="{{ item.url }}" rel="noreferrer" dir="auto">{{ item.title }}</a></h2>
<p class="about">{{ [item.authors | join(", "), venue_of(item) or "", work.dated.strftime("%Y-%m-%d")] | select | join(" · ") }}</p>
{% for place in work.places %}<p class="about">#{{ place.channel }}, {{ place.weeks | join(", ") }}{% if place.decisions %}:
{{ decided(place) | join(", ") }}{% endif %}</p>
{% endfor %}{% for one in work.summaries %}<blockquote dir="auto">{{ one.text }}
<cite>{{ one.member.name or one.member.id }}, {{ one.at.strftime("%Y-%m-%d") }}</cite></blockquote>
{% endfor %}{% if doi_of(item) or item.code_url %}<p class="about">{% if doi_of(item) %}DOI {{ doi_of(item) }}{% endif %}
{% if item.code_url %}<a href="{{ item.code_url }}" rel="noreferrer">Code</a>{% endif %}</p>
{% endif %}{% if item.abstract %}<details><summary>Abstract</summary><p dir="auto">{{ item.abstract }}</p></details>
{% endif %}</article>
{% endfor %}
</main>
</body>
</html>
"""


def render(export: Export) -> str:
    """Give the page. Everything foreign is escaped."""
    environment = Environment(autoescape=True, trim_blocks=False)
    return environment.from_string(_TEMPLATE).render(export=export, doi_of=doi_of, venue_of=venue_of, decided=decided)
