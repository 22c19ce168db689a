"""On-site evaluation by rule: points per dossier from recorded times and contacts; a survey of nobody."""
