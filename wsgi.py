"""The WSGI entrance: ``gunicorn wsgi:app``."""

from library.app import create_app

app = create_app()
