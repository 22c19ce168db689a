"""Words of the on-site pages: the five levels of a rating, and why an indicator has no rate."""

from __future__ import annotations

from flask_babel import lazy_gettext

from survey.domain.enums import CitizenRating
from survey.services.on_site_proxy import ProxyGap

RATINGS = {
    CitizenRating.VERY_SATISFIED: lazy_gettext("Very satisfied"),
    CitizenRating.SATISFIED: lazy_gettext("Satisfied"),
    CitizenRating.NEUTRAL: lazy_gettext("Neutral"),
    CitizenRating.DISSATISFIED: lazy_gettext("Dissatisfied"),
    CitizenRating.VERY_DISSATISFIED: lazy_gettext("Very dissatisfied"),
}
GAPS = {
    ProxyGap.NOT_STATED: lazy_gettext("The counts were not stated for this quarter."),
    ProxyGap.NOTHING_RECEIVED: lazy_gettext("No complaint or proposal came in."),
    ProxyGap.CONTRADICTORY: lazy_gettext("More were stated than came in; please correct the statement."),
    ProxyGap.NO_DOSSIERS: lazy_gettext("No dossier was returned in this quarter."),
    ProxyGap.INPUTS_MISSING: lazy_gettext("Some dossiers lack the due day or say nothing about complaints."),
    ProxyGap.TOO_FEW_RATINGS: lazy_gettext("Too few citizens rated their dossier to tell of it."),
}
