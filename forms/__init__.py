"""Questionnaires as data: reading them, checking answers, drawing them; knows neither Flask nor SQL."""
