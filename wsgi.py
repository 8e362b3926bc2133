"""The WSGI entrance: ``gunicorn wsgi:app``."""

from library.app import create_site

app = create_site()
