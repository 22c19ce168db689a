"""The floor of the intake measurement: a bare Flask view with one committed ORM insert, and nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from survey.config import engine_options
from survey.models.base import UtcDateTime
from survey.models.engine import configure_engine


class Base(DeclarativeBase):
    """A base of its own: the service's tables are not touched."""


class BareRating(Base):
    """As little as a rating can be."""

    __tablename__ = "bare_rating"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(Uuid, unique=True)
    level: Mapped[int]
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


db = SQLAlchemy(model_class=Base)


def create_app() -> Flask:
    """The same pool and durability settings as the service, by the same code."""
    app = Flask(__name__)
    address = os.environ["DATABASE_URL"]
    app.config.from_mapping(
        SQLALCHEMY_DATABASE_URI=address, SQLALCHEMY_ENGINE_OPTIONS=engine_options(address)
    )
    db.init_app(app)
    with app.app_context():
        configure_engine(db.engine)
    app.add_url_rule("/rate", view_func=rate, methods=["POST"])
    return app


def rate() -> ResponseReturnValue:
    """Store the two fields of the form."""
    db.session.add(
        BareRating(
            uuid=UUID(request.form["uuid"]), level=int(request.form["overall"]), received_at=datetime.now(UTC)
        )
    )
    db.session.commit()
    return jsonify(outcome="stored"), 201
