"""Tables: what is stored, nothing about how it is asked for or changed."""

from survey.models.account import Account, ApiToken, Role, RoleAssignment
from survey.models.base import Base
from survey.models.criteria import CriteriaNode, CriteriaSet
from survey.models.index_round import AppraisedPoints, IndexRound, ScoreSheet
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
    "CriteriaNode",
    "CriteriaSet",
    "FrameUnit",
    "IndexRound",
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
    "ServicePoint",
    "SnapshotBlock",
    "Survey",
    "SurveyRound",
    "UncapturedResponse",
]
