"""What questions to a language model cost that had no answer is counted by itself: it is no part of what the answer costs that came in the end."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, column, false, table

revision = "0031_lost_tokens"
down_revision = "0030_reserved_tokens"


def upgrade() -> None:
    op.add_column("sentences", Column("lost", Integer, nullable=False, server_default="0"))
    sentences = table("sentences", column("tokens", Integer), column("lost", Integer), column("answered", Boolean))
    unanswered = sentences.update().where(sentences.c.answered == false())
    op.execute(unanswered.values(lost=sentences.c.tokens, tokens=0))
