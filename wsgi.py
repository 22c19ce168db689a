"""What the web server loads."""

from survey.app import create_app

app = create_app()
