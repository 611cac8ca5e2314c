"""What programs ask: one module a subject, opened by a key and never by a cookie."""

from web.api import changes, description, open311

API = [*changes.PAGES, *description.PAGES, *open311.PAGES]
