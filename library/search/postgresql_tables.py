"""Where an index lives in PostgreSQL, and which generation is in use.

::

    library_search.generation               one row: the generation in use and its last commit
    library_search.segment_<generation>     segments: their arrays, and which passages are deleted
    library_search.posting_<generation>     postings, a row for each term of each segment
    library_search.passage_<generation>     what is shown of a passage, and its sketch

The schema is apart from the library's own, so that migrations do not see it and dumps can leave it out
(``pg_dump --exclude-schema=library_search``). Writers hold an advisory lock to the end of their one
transaction: PostgreSQL itself undoes what a killed one has begun.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final, LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from library.errors import Conflict, Unavailable
from library.search.analysis import ANALYSIS_VERSION
from library.search.generations import FORMAT
from library.search.postgresql_connections import Connections, Cursor

SCHEMA: Final = "library_search"

LAYOUT: Final = f"{FORMAT}.1"
"""Version of what segments hold, and of the tables."""

READ: Final = SQL(
    "SELECT generation, commits, mark, layout, analysis, created FROM {schema}.generation"
).format(schema=Identifier(SCHEMA))

ABSENT: Final = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InvalidSchemaName,
)
"""What PostgreSQL says where there is no index, or none that this version could know of."""

LOCK: Final = int.from_bytes(blake2b(SCHEMA.encode(), digest_size=8).digest(), "big", signed=True)
"""The key of the advisory lock that a writer holds."""

# A writer takes its time, and is missed soon when it is gone. Older servers lack some of these.
_WRITING: Final = """
    SELECT set_config(name, value, true) FROM pg_settings JOIN (VALUES
        ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
        ('transaction_timeout', '0'), ('lock_timeout', '0'),
        ('enable_seqscan', 'off'), ('jit', 'off'),
        ('client_connection_check_interval', '1s'),
        ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'),
        ('tcp_keepalives_count', '3')
    ) AS wanted(name, value) USING (name)
"""
_SWEEP_WAITS: Final = "SET LOCAL lock_timeout = '2s'"

_CURRENT: Final = """
    CREATE TABLE {schema}.generation (
        alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
        generation text NOT NULL,
        commits bigint NOT NULL,
        mark text NOT NULL,
        layout text NOT NULL,
        analysis text NOT NULL,
        created timestamptz NOT NULL
    )
"""


# The bytes are dense already: to have the server compress them would cost time and save little.
_TABLES: Final = (
    """
    CREATE TABLE {segment} (
        id int4 PRIMARY KEY,
        mark text NOT NULL,
        numbers bytea NOT NULL,
        labels bytea NOT NULL,
        letters bytea NOT NULL,
        terms int4 NOT NULL,
        gone bytea
    )
    """,
    """
    ALTER TABLE {segment}
        ALTER numbers SET STORAGE EXTERNAL, ALTER numbers SET STATISTICS 0,
        ALTER labels SET STORAGE EXTERNAL, ALTER labels SET STATISTICS 0,
        ALTER letters SET STORAGE EXTERNAL, ALTER letters SET STATISTICS 0,
        ALTER gone SET STORAGE EXTERNAL, ALTER gone SET STATISTICS 0
    """,
    """
    CREATE TABLE {posting} (
        term int8 NOT NULL,
        segment int4 NOT NULL,
        passages int4 NOT NULL,
        word bytea NOT NULL,
        postings bytea NOT NULL,
        places bytea NOT NULL
    )
    """,
    """
    ALTER TABLE {posting}
        ALTER postings SET STORAGE EXTERNAL, ALTER postings SET STATISTICS 0,
        ALTER places SET STORAGE EXTERNAL, ALTER places SET STATISTICS 0
    """,
    """
    CREATE TABLE {passage} (
        segment int4 NOT NULL,
        number int4 NOT NULL,
        row bytea NOT NULL,
        sketch bytea NOT NULL
    ) WITH (toast_tuple_target = 8160)
    """,
    """
    ALTER TABLE {passage}
        ALTER row SET STORAGE EXTERNAL, ALTER row SET STATISTICS 0,
        ALTER sketch SET STORAGE EXTERNAL, ALTER sketch SET STATISTICS 0
    """,
)
_INDEXES: Final = (
    "CREATE UNIQUE INDEX ON {posting} (term, segment)",
    "CREATE INDEX ON {posting} (segment, word)",
    "ALTER TABLE {passage} ADD PRIMARY KEY (segment, number)",
    "ANALYZE {posting}",
    "ANALYZE {passage}",
    "ANALYZE {segment}",
)


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation and its last commit. A ``mark`` is random: a server that was put back to an earlier
    state counts on from there, and what was known of its later one must not be taken for the new."""

    name: str
    commits: int
    mark: str
    layout: str
    analysis: str
    created: datetime

    @property
    def stamp(self) -> str:
        return f"{self.name}.{self.commits}.{self.mark}"

    def sql(self, statement: LiteralString, **names: str) -> Composed:
        """A statement in which ``{schema}``, ``{segment}``, ``{posting}`` and ``{passage}`` stand for
        the schema and the tables, and other names for identifiers."""
        tables = {
            table: Identifier(SCHEMA, f"{table}_{self.name}")
            for table in ("segment", "posting", "passage")
        }
        others = {name: Identifier(value) for name, value in names.items()}
        return SQL(statement).format(schema=Identifier(SCHEMA), **tables, **others)

    def usable(self) -> Generation:
        """Itself. `Unavailable` unless this version of the software can use it."""
        if (self.layout, self.analysis) != (LAYOUT, ANALYSIS_VERSION):
            raise Unavailable(
                f"The search index was made by another version of the software (layout {self.layout}, "
                f"analysis {self.analysis}; this one needs {LAYOUT}, {ANALYSIS_VERSION}) and has to be "
                "rebuilt."
            )
        return self


def generation(row: tuple[str, int, str, str, str, datetime] | None) -> Generation:
    """The generation in use, given what `READ` found. `Unavailable` where there is none."""
    if row is None:
        raise no_index()
    return Generation(*row)


def no_index() -> Unavailable:
    return Unavailable("There is no search index yet; build it with “library index --rebuild”.")


def new_mark() -> str:
    return secrets.token_hex(4)


def lock(cursor: Cursor) -> None:
    """Be the one writer to the end of the transaction, or raise `Conflict` at once."""
    cursor.execute(_WRITING)
    row = cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK,)).fetchone()
    if not row or not row[0]:
        raise Conflict("Something else is writing to the search index.")


def begin(cursor: Cursor) -> Generation:
    """A new, empty generation, which nothing uses yet. The lock must be held."""
    schema = Identifier(SCHEMA)
    found = cursor.execute("SELECT FROM pg_namespace WHERE nspname = %s", (SCHEMA,)).fetchone()
    if found is None:
        cursor.execute(SQL("CREATE SCHEMA {schema}").format(schema=schema))
    row = None
    try:
        with cursor.connection.transaction():
            row = cursor.execute(READ).fetchone()
    except ABSENT:
        cursor.execute(SQL("DROP TABLE IF EXISTS {schema}.generation").format(schema=schema))
        cursor.execute(SQL(_CURRENT).format(schema=schema))
    # Numbered for people; random, so that no two indexes ever have the same stamps.
    before = str(row[0]).partition("_")[0] if row else ""
    number = int(before) + 1 if before.isdecimal() else 1
    name = f"{number:06}_{secrets.token_hex(4)}"
    made = Generation(name, 1, new_mark(), LAYOUT, ANALYSIS_VERSION, datetime.now(UTC))
    for statement in _TABLES:
        cursor.execute(made.sql(statement))
    return made


def index(cursor: Cursor, made: Generation) -> None:
    """Give a generation that was filled what its readers look things up by."""
    for statement in _INDEXES:
        cursor.execute(made.sql(statement))


def use(cursor: Cursor, made: Generation) -> None:
    """Use a generation that is complete from the end of the transaction on."""
    cursor.execute(made.sql("DELETE FROM {schema}.generation"))
    cursor.execute(
        made.sql(
            "INSERT INTO {schema}.generation (generation, commits, mark, layout, analysis, created)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
        ),
        (made.name, made.commits, made.mark, made.layout, made.analysis, made.created),
    )


def commit(cursor: Cursor, changed: Generation) -> None:
    """Give the generation in use, as it was before, the next number."""
    cursor.execute(
        changed.sql(
            "UPDATE {schema}.generation SET commits = commits + 1, mark = %s"
            " WHERE generation = %s AND commits = %s"
        ),
        (new_mark(), changed.name, changed.commits),
    )
    if cursor.rowcount != 1:
        raise Conflict("Something else has written to the search index.")


def sweep(connections: Connections) -> None:
    """Remove generations that are out of use; one that something still reads stays until next time."""
    with connections.transaction("BEGIN") as cursor:
        lock(cursor)
        cursor.execute(_SWEEP_WAITS)
        row = cursor.execute(READ).fetchone()
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'r'",
            (SCHEMA,),
        )
        for (name,) in cursor.fetchall():
            if name != "generation" and not (row and name.endswith(f"_{row[0]}")):
                cursor.execute(SQL("DROP TABLE {}").format(Identifier(SCHEMA, name)))
