"""Rules of the field that need neither web nor database."""
