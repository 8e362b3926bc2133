"""Links to elsewhere: found as readers get them, asked politely, broken only after two bad days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import link_checking, link_places
from library.catalogue.link_checking import LinkChecking, ask, failing
from library.catalogue.models import ExternalLink, LinkPlace, LinkState
from library.catalogue.service import withdraw
from library.errors import NotFound
from library.untrusted.outgoing import Answer, Refused, Trouble
from tests.factories import make_institution, make_work

OWN = "https://library.example.org"
NOW = dt.datetime(2100, 11, 22, 10, tzinfo=dt.UTC)
TEXTS = {
    "en": """# Title

Read [this](https://one.example/a?b=1#part), <https://two.example/> and https://three.example/x.
See [ours](https://library.example.org/en/), [mail](mailto:a@b.example), [by name][four].

    https://in-code.example/

`https://in-code-too.example/`

[four]: https://four.example/
""",
    "zh-Hans": "# 标题\n\n请看 [这里](https://one.example/a?b=1)。\n",
}


class Net:
    """The world outside: an answer, or a refusal, by address."""

    def __init__(self, **hosts: Answer | Refused | int) -> None:
        self.hosts = hosts
        self.asked: list[tuple[str, str]] = []

    def __call__(self, url: str, method: str) -> Answer:
        self.asked.append((method, url))
        told = self.hosts.get(url.split("/")[2].split(".")[0], 200)
        if isinstance(told, Refused):
            raise told
        return told if isinstance(told, Answer) else Answer(told, url, b"", False)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


def _chore(net: Net, clock: Callable[[], dt.datetime], days: int = 7) -> LinkChecking:
    return LinkChecking(days=days, own=OWN, fetch=net, patience=0, clock=clock)


def _urls(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(ExternalLink.url)))


def test_links_are_found_as_readers_get_them(session: Session) -> None:
    work = make_work(
        session, sections={"s": TEXTS}, links=[{"url": "https://fact.example/", "title": "F"}]
    )
    link_places.scan(session, work.id, own=OWN)
    session.commit()
    assert _urls(session) == {
        "https://one.example/a?b=1",
        "https://two.example/",
        "https://three.example/x",
        "https://four.example/",
        "https://fact.example/",
    }
    places = session.execute(
        select(LinkPlace.lang)
        .join(ExternalLink, ExternalLink.id == LinkPlace.link_id)
        .where(ExternalLink.host == "one.example")
    )
    assert {row.lang for row in places} == {"en", "zh-Hans"}
    assert link_places.changed_works(session) == []


def test_a_work_that_is_withdrawn_takes_its_links_with_it(session: Session) -> None:
    work = make_work(session, sections={"s": TEXTS})
    link_places.scan(session, work.id, own=OWN)
    withdraw(session, work.uuid, because="Old.", by="tests")
    assert link_places.changed_works(session) == [work.id]
    link_places.scan(session, work.id, own=OWN)
    session.commit()
    assert _urls(session) == set()
    assert link_places.changed_works(session) == []


def test_two_strikes_on_different_days_make_a_link_broken(
    session: Session, factory: sessionmaker[Session]
) -> None:
    make_work(session, sections={"s": {"en": "# T\n\nSee https://gone.example/ now.\n"}})
    session.commit()
    net, clock = Net(gone=404), Clock()
    chore = _chore(net, clock)
    assert chore.waits(session)
    session.commit()
    chore.run(factory)
    link = session.scalars(select(ExternalLink)).one()
    assert (link.state, link.strikes, link.status) == (LinkState.DOUBTFUL, 1, 404)
    assert net.asked == [("HEAD", "https://gone.example/"), ("GET", "https://gone.example/")]
    session.commit()
    assert not chore.waits(session)
    # Asked for again on the same day: that is no second strike.
    with pytest.raises(NotFound):
        link_checking.check_again(
            session, link.id, institutions=frozenset({"other-college"}), now=clock.now
        )
    link_checking.check_again(session, link.id, institutions=None, now=clock.now)
    session.commit()
    clock.now += dt.timedelta(hours=3)
    chore.run(factory)
    session.expire_all()
    assert (link.state, link.strikes) == (LinkState.DOUBTFUL, 1)
    session.commit()
    clock.now += dt.timedelta(hours=26)
    chore.run(factory)
    session.expire_all()
    assert (link.state, link.strikes) == (LinkState.BROKEN, 2)
    assert link.checked_at == clock.now
    session.commit()
    net.hosts["gone"] = 200
    clock.now += dt.timedelta(days=8)
    chore.run(factory)
    session.expire_all()
    assert (link.state, link.strikes, link.failing_since) == (LinkState.WELL, 0, None)


@pytest.mark.parametrize(
    ("told", "well"),
    [
        (200, True),
        (206, True),
        (401, True),
        (403, True),
        (429, True),
        (999, True),
        (400, False),
        (404, False),
        (410, False),
        (500, False),
        (503, False),
        (Refused(Trouble.NAME, "x"), False),
        (Refused(Trouble.CERTIFICATE, "x"), False),
        (Refused(Trouble.PRIVATE, "x"), False),
        (Refused(Trouble.TIME, "x"), False),
    ],
)
def test_what_counts_as_well(told: int | Refused, well: bool) -> None:
    assert ask("https://x.example/", fetch=Net(x=told)).well is well


def test_where_it_has_moved_for_ever_is_told() -> None:
    moved = Answer(200, "https://new.example/", b"", True)
    found = ask("https://x.example/", fetch=Net(x=moved))
    assert (found.well, found.moved_to) == (True, "https://new.example/")


def test_a_host_is_asked_one_thing_at_a_time_with_a_pause(
    session: Session, factory: sessionmaker[Session]
) -> None:
    links = " ".join(f"https://busy.example/{n}" for n in range(3))
    text = f"# T\n\nSee {links} and https://other.example/ too.\n"
    make_work(session, sections={"s": {"en": text}})
    session.commit()
    net, clock = Net(), Clock()
    chore = _chore(net, clock)
    chore.run(factory)
    assert sorted(url for _, url in net.asked) == [
        "https://busy.example/0",
        "https://other.example/",
    ]
    assert not chore.waits(session)
    session.commit()
    clock.now += dt.timedelta(seconds=link_checking.PAUSE)
    chore.run(factory)
    assert net.asked[-1][1] == "https://busy.example/1"
    assert len(net.asked) == 3


def test_it_can_be_turned_off(session: Session, factory: sessionmaker[Session]) -> None:
    make_work(session, sections={"s": TEXTS})
    session.commit()
    assert not _chore(Net(), Clock(), days=0).waits(session)


def test_broken_links_are_listed_for_who_answers_for_the_work(
    session: Session, factory: sessionmaker[Session]
) -> None:
    make_institution(session)
    make_work(
        session,
        institutions=["mbeya-college"],
        sections={"s": {"en": "# T\n\nSee https://gone.example/ now.\n"}},
    )
    session.commit()
    net, clock = Net(gone=404), Clock()
    chore = _chore(net, clock)
    for _ in range(2):
        chore.run(factory)
        clock.now += dt.timedelta(days=2)
    for institutions, count in ((None, 1), (frozenset({"mbeya-college"}), 1), (frozenset(), 0)):
        total, rows = failing(session, institutions=institutions)
        assert (total, len(rows)) == (count, count)
    one = failing(session, institutions=None)[1][0]
    assert (one.some[0].kind, one.some[0].key, one.places) == ("course", "measuring-safely", 1)


def test_a_line_of_our_own_that_is_down_is_held_against_no_link(
    session: Session, factory: sessionmaker[Session]
) -> None:
    text = "# T\n\nSee https://steady.example/ and https://dead.example/ now.\n"
    make_work(session, sections={"s": {"en": text}})
    session.commit()
    nobody = Refused(Trouble.NAME, "No such name.")
    net, clock = Net(steady=nobody, dead=nobody), Clock()
    chore = _chore(net, clock)

    def states() -> dict[str, str]:
        session.rollback()
        return {
            link.host.split(".")[0]: link.state for link in session.scalars(select(ExternalLink))
        }

    # Never on the Internet: nothing is known, however often it is tried.
    for _ in range(4):
        chore.run(factory)
        clock.now += dt.timedelta(days=1)
    assert states() == {"steady": LinkState.UNCHECKED, "dead": LinkState.UNCHECKED}
    net.hosts["steady"] = 200
    chore.run(factory)
    assert states() == {"steady": LinkState.WELL, "dead": LinkState.DOUBTFUL}
    # Asked alone while the line is down, and then while what was well still answers.
    net.hosts["steady"] = nobody
    clock.now += dt.timedelta(hours=26)
    chore.run(factory)
    assert states()["dead"] == LinkState.DOUBTFUL
    net.hosts["steady"] = 200
    clock.now += dt.timedelta(hours=7)
    chore.run(factory)
    assert states() == {"steady": LinkState.WELL, "dead": LinkState.BROKEN}
