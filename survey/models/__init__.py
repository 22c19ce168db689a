"""Tables: what is stored, nothing about how it is asked for or changed."""

from survey.models.account import Account, ApiToken, Role, RoleAssignment
from survey.models.base import Base
from survey.models.criteria import CriteriaNode, CriteriaSet
from survey.models.device import (
    CoveredStretch,
    Device,
    DeviceAlert,
    DevicePlacement,
    DeviceState,
    EnrolmentCode,
    SilenceLimit,
)
from survey.models.dossier import OnSiteStatement, ServedDossier
from survey.models.index_round import AppraisedPoints, IndexRound, ScoreSheet
from survey.models.opening_hours import ClosedDay, OpeningHours
from survey.models.organisation import (
    Organisation,
    OrganisationKind,
    OrganisationLevel,
    OrganisationSuccession,
)
from survey.models.questionnaire import Questionnaire, QuestionnaireVersion
from survey.models.response import Response, UncapturedResponse
from survey.models.sample import (
    FrameUnit,
    PopulationTotal,
    SampleFile,
    SampleUnit,
    SampleUnitOutcome,
    SamplingFrame,
)
from survey.models.service_point import ServicePoint
from survey.models.snapshot import SnapshotBlock
from survey.models.survey_round import Survey, SurveyRound

__all__ = [
    "Account",
    "ApiToken",
    "AppraisedPoints",
    "Base",
    "ClosedDay",
    "CoveredStretch",
    "CriteriaNode",
    "CriteriaSet",
    "Device",
    "DeviceAlert",
    "DevicePlacement",
    "DeviceState",
    "EnrolmentCode",
    "FrameUnit",
    "IndexRound",
    "OnSiteStatement",
    "OpeningHours",
    "Organisation",
    "OrganisationKind",
    "OrganisationLevel",
    "OrganisationSuccession",
    "PopulationTotal",
    "Questionnaire",
    "QuestionnaireVersion",
    "Response",
    "Role",
    "RoleAssignment",
    "SampleFile",
    "SampleUnit",
    "SampleUnitOutcome",
    "SamplingFrame",
    "ScoreSheet",
    "ServedDossier",
    "ServicePoint",
    "SilenceLimit",
    "SnapshotBlock",
    "Survey",
    "SurveyRound",
    "UncapturedResponse",
]
