"""The service: web, database, clock and files around the two pure packages `forms` and `analysis`."""
