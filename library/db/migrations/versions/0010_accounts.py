"""People sign in.

Revision: 0010
"""

from __future__ import annotations

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
