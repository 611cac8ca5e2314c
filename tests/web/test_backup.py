"""A whole installation in one file and back again, on both databases, beside a running server."""

import shutil
import stat
import tarfile
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from engagement.board import actions as board
from engagement.board.models import Post, Wording
from engagement.board.rules import POSTS, Audience, PostKind
from engagement.comments import actions as comments
from engagement.threads import actions as threads
from estate import clock, schema
from estate.access.actions import begin_session
from estate.access.models import SignInSession
from estate.access.rules import Beginning
from estate.cards.models import Card
from estate.changes import actions as changes
from estate.changes.queries import changes_since
from estate.codes.actions import issue_link
from estate.codes.models import SignInCode
from estate.database import Database
from estate.helping import actions as helping
from estate.helping.rules import Naming
from estate.households import actions as households
from estate.identities import actions as identities
from estate.identities.models import OidcIdentity
from estate.invitations.models import Invitation
from estate.notifications.models import Notification
from estate.passkeys import actions as passkeys
from estate.passkeys.models import Passkey
from estate.people.models import Helper, Household, Member, Person
from estate.permissions import Permission, scope
from estate.phones import actions as phones
from estate.photos.models import Photo
from estate.photos.queries import photos_of
from estate.photos.store import Store, prepare
from estate.places.models import Administration
from estate.retention.log import ErasureLog
from estate.retention.rules import Erasure
from estate.revision import RESTORING
from estate.settings import Settings
from tests.backups import PASSPHRASE, back_up, rows, untold
from tests.builders import build_estate, reader
from tests.pictures import picture as taken
from web.backups import BackupTrouble
from web.backups.reading import Restoring
from web.backups.writing import Backing


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Settings:
    """An installation with an estate, three posts, a photo and keys."""
    settings = Settings(data=tmp_path / "var", database_url=database_url)
    settings.make_folder()
    settings.key()
    (settings.data / "vapid.pem").write_text("push key")
    picture = prepare(taken())
    Store(settings.data / "photos").keep(picture)
    data = Database(database_url, origin="test")
    with data.write() as session:
        estate = build_estate(session)
        for title in ("Første", "Andet", "Tredje"):
            session.add(post(estate.section, estate.people["amina"], title))
        session.flush()
        session.add(
            Photo(
                owner_kind="post",
                owner_id=1,
                n=1,
                digest=picture.digest,
                width=picture.width,
                height=picture.height,
                size=len(picture.data),
                added_at=clock.now(),
            )
        )
    data.close()
    return settings


def post(section: int, author: int, title: str) -> Post:
    now = clock.now()
    return Post(
        author_id=author,
        author_name="Amina",
        kind=PostKind.OTHER,
        audience=Audience.SECTION,
        topic=f"section:{section}",
        section_id=section,
        title=title,
        text="æøå \\ \t 'citat' \n ny linje",
        language="da",
        posted_at=now,
        bumped_at=now,
        expires_at=now + timedelta(days=30),
        search_words=title.lower(),
    )


def test_everything_comes_back(house: Settings, elsewhere: Settings, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar"
    assert back_up(house, file, PASSPHRASE) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    Restoring(elsewhere, file).restore(PASSPHRASE, None, untold)
    assert rows(elsewhere) == rows(house)
    for path in (house.data / "photos").rglob("*.webp"):
        twin = elsewhere.data / path.relative_to(house.data)
        assert twin.read_bytes() == path.read_bytes()
    for name in ("secret", "vapid.pem"):
        twin = elsewhere.data / name
        assert twin.read_bytes() == (house.data / name).read_bytes()
        assert stat.S_IMODE(twin.stat().st_mode) == 0o600
    assert not (elsewhere.data / RESTORING).exists()
    data = Database(elsewhere.database_url, origin="after")
    with data.write() as session:
        session.add(post(1, 1, "Fjerde"))
        session.flush()
    data.close()


def test_a_backup_beside_a_busy_server_is_one_moment(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    stop = threading.Event()

    def write_on() -> None:
        data = Database(house.database_url, origin="busy")
        while not stop.is_set():
            with data.write() as session:
                session.add(post(1, 1, "Par"))
                session.add(post(1, 1, "Par"))
        data.close()

    busy = threading.Thread(target=write_on)
    busy.start()
    try:
        back_up(house, tmp_path / "backup.tar")
    finally:
        stop.set()
        busy.join()
    Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    titles = [row for row in rows(elsewhere)["post"] if "Par" in row]
    assert len(titles) % 2 == 0


def test_what_was_erased_since_is_erased_again_and_what_came_after_is_not(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    log = ErasureLog(house.erasure_log)
    # Long before the backup another post had the number 2; its erasure must not hit today's.
    log.append(Erasure(POSTS.kind, [2], clock.now() - timedelta(days=40)))
    file = tmp_path / "backup.tar"
    back_up(house, file)
    saved = tmp_path / "saved.log"
    shutil.copy(house.erasure_log, saved)
    ErasureLog(saved).append(Erasure(POSTS.kind, [1, 99], clock.now() + timedelta(seconds=1)))
    restored = Restoring(elsewhere, file).restore(None, saved, untold)
    assert restored.erased == 2
    assert sorted(row[0] for row in rows(elsewhere)["post"]) == [2, 3]
    assert not [row for row in rows(elsewhere)["photo"] if row[2] == 1]
    # The log lives on beside the new database, for the next time.
    assert len(ErasureLog(elsewhere.erasure_log).read()) == 2


def test_no_device_code_letter_or_card_of_the_backup_lets_anybody_in(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    data = Database(house.database_url, origin="test")
    with data.write() as session:
        # Signed out on Tuesday, for instance, which Monday's backup does not know.
        begin_session(session, 1, Beginning.EMAIL)
        issue_link(session, 1, Beginning.OFFICE, None)
        household = session.scalar(sa.select(Household.id).limit(1))
        session.add(
            Invitation(
                household_id=household,
                code_hash="hash",
                created_at=clock.now(),
                expires_at=clock.now() + timedelta(days=30),
            )
        )
        now = clock.now()
        session.add(Card(person_id=1, household_id=household, code_hash="hash", issued_at=now))
    data.close()
    back_up(house, tmp_path / "backup.tar")
    restored = Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    assert restored.signed_out == 1
    data = Database(elsewhere.database_url, origin="after")
    with data.read() as session:
        assert session.scalars(sa.select(SignInSession)).all() == []
        assert session.scalars(sa.select(SignInCode)).all() == []
        (letter,) = session.scalars(sa.select(Invitation))
        assert letter.withdrawn_at is not None
        (card,) = session.scalars(sa.select(Card))
        assert card.ended_at is not None
    data.close()


def test_what_people_erased_themselves_since_stays_erased(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    now, log = clock.now(), ErasureLog(house.erasure_log)
    data = Database(house.database_url, origin="test")
    with data.write() as session:
        author = session.scalar(sa.select(Post.author_id).where(Post.id == 1)) or 0
        amina = scope(reader(session, author), Permission.READ_BOARD)
        passkeys.add_passkey(session, amina, b"lost phone", b"key", 0, "Telefon", now)
        passkeys.add_passkey(session, amina, b"kept phone", b"key", 0, "Tablet", now)
        issuer = "https://id.example"
        session.get_one(Person, author).phone = "+4520304050"
        session.add(OidcIdentity(issuer=issuer, subject="7", person_id=author, linked_at=now))
        session.add(
            Wording(post_id=1, version=1, title="Ring 12 34 56 78", text="x", replaced_at=now)
        )
    back_up(house, tmp_path / "backup.tar")
    with data.write() as session:
        lost = session.scalar(sa.select(Passkey.id).where(Passkey.credential_id == b"lost phone"))
        passkeys.remove_passkey(session, amina, lost or 0, log)
        identities.unlink(session, amina, issuer, log)
        phones.remove_number(session, house.key(), amina, now, log)
        first = session.get_one(Post, 1)
        board.erase_wording(session, first, 1, now, log)
    data.close()
    shutil.copy(house.erasure_log, tmp_path / "saved.log")
    restored = Restoring(elsewhere, tmp_path / "backup.tar").restore(
        None, tmp_path / "saved.log", untold
    )
    assert restored.erased == 4
    assert [row[1:3] for row in rows(elsewhere)["oidc_identity"]] == []
    data = Database(elsewhere.database_url, origin="after")
    with data.read() as session:
        assert session.scalars(sa.select(Passkey.credential_id)).all() == [b"kept phone"]
        assert session.scalars(sa.select(Wording.title)).all() == [""]
        assert session.scalars(sa.select(Person.phone).distinct()).all() == [None]
    data.close()


def test_what_people_took_back_since_does_not_come_back(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    now, log = clock.now(), ErasureLog(house.erasure_log)
    data = Database(house.database_url, origin="test")
    with data.write() as session:
        first, second = session.get_one(Post, 1), session.get_one(Post, 2)
        author = first.author_id or 0
        writing = scope(reader(session, author), Permission.POST_ON_BOARD)
        home = scope(reader(session, author), Permission.MANAGE_HOUSEHOLD)
        store = Store(house.data / "photos")
        board.add_photo(session, store, first, prepare(taken(size=(20, 20))))
        comment = comments.write(session, writing, first, "Ring til mig", "da", now)
        bent = session.scalars(sa.select(Person.id).where(Person.given_name == "Bent")).one()
        neighbour = scope(reader(session, bent), Permission.POST_ON_BOARD)
        comments.write(session, neighbour, second, "Jeg har en", "da", now)
        threads.ask(session, neighbour, second, "Hej", "da", now)
        told = sa.select(Notification.id).where(Notification.address.startswith("/board/2"))
        assert len(session.scalars(told).all()) == 2
        (household,) = home.households
        member = households.add_member(session, home, household, "Karim", "Holm", "")
        naming = Naming("Ida Holm", "ida@example.org", None, None)
        helper = helping.name_helper(session, home, naming, "da", "/sign-in")
        for row in (session.get_one(Member, member), session.get_one(Helper, helper)):
            row.starts_on = clock.today() - timedelta(days=30)
        session.get_one(Member, member).confirmed_at = now
    back_up(house, tmp_path / "backup.tar")
    with data.write() as session:
        first, second = session.get_one(Post, 1), session.get_one(Post, 2)
        board.remove_photo(session, first, 1, log)
        comments.withdraw(session, writing, first, comment, now, log)
        board.withdraw(session, second, now, log)
        households.leave(session, home, household, member, log)
        helping.end_help(session, home, helper, log)
    data.close()
    restored = Restoring(elsewhere, tmp_path / "backup.tar").restore(None, log.path, untold)
    assert restored.erased == 5
    yesterday = clock.today() - timedelta(days=1)
    data = Database(elsewhere.database_url, origin="after")
    with data.read() as session:
        first, second = session.get_one(Post, 1), session.get_one(Post, 2)
        assert [photo.n for photo in photos_of(session, "post", 1)] == [2]
        assert (first.photo_count, first.cover, first.comment_count) == (1, 2, 0)
        assert not second.listed
        assert session.scalars(told).all() == []
        assert session.get_one(Member, member).ends_on == clock.today()
        assert session.get_one(Helper, helper).ends_on == yesterday
    data.close()


def test_no_cursor_stands_beyond_what_comes_after_a_restore(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    data = Database(house.database_url, origin="test")
    with data.write() as session:
        administration = session.scalar(sa.select(Administration.id)) or 0
        changes.tell(session, administration, None, "member.added", 1, {})
    back_up(house, tmp_path / "backup.tar")
    with data.write() as session:
        for number in range(2, 7):
            changes.tell(session, administration, None, "member.added", number, {})
    with data.read() as session:
        cursor = changes_since(session, administration, 0)[-1].id
    data.close()
    restored = Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    data = Database(elsewhere.database_url, origin="after")
    with data.write() as session:
        changes.tell(session, administration, None, "member.added", 9, {})
    with data.read() as session:
        told = changes_since(session, administration, cursor)
    data.close()
    assert [(change.kind, change.thing) for change in told][1:] == [("member.added", 9)]
    assert told[0].kind == "opgang.restored"
    assert told[0].data == {"as_of": restored.made_at.isoformat()}


def test_the_pictures_are_those_of_the_snapshot(
    house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Database(house.database_url, origin="test")
    added = Backing._add_file

    def add_and_let_the_row_go(self: Backing, tar: tarfile.TarFile, name: str, path: Path) -> None:
        with data.write() as session:
            session.execute(sa.delete(Photo))
        added(self, tar, name, path)

    monkeypatch.setattr(Backing, "_add_file", add_and_let_the_row_go)
    back_up(house, tmp_path / "backup.tar")
    data.close()
    with tarfile.open(tmp_path / "backup.tar") as tar:
        assert [name for name in tar.getnames() if name.startswith("photos/")]


def test_a_log_left_beside_the_lost_database_is_heeded(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(house, tmp_path / "backup.tar")
    elsewhere.make_folder()
    later = Erasure(POSTS.kind, [3], clock.now() + timedelta(seconds=1))
    ErasureLog(elsewhere.erasure_log).append(later)
    Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    assert sorted(row[0] for row in rows(elsewhere)["post"]) == [1, 2]


def test_a_place_that_is_not_empty_is_left_alone(house: Settings, tmp_path: Path) -> None:
    back_up(house, tmp_path / "backup.tar")
    before = rows(house)
    with pytest.raises(BackupTrouble, match="something in"):
        Restoring(house, tmp_path / "backup.tar").restore(None, None, untold)
    assert rows(house) == before
    assert not (house.data / RESTORING).exists()


def test_keys_of_another_installation_are_not_mixed_with_the_backups(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(house, tmp_path / "backup.tar")
    elsewhere.key()
    with pytest.raises(BackupTrouble, match="secret is another than the backup's"):
        Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    assert [path.name for path in elsewhere.data.iterdir()] == ["secret"]
    shutil.copy(house.data / "secret", elsewhere.data / "secret")
    Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    assert elsewhere.key() == house.key()
    if elsewhere.sqlite_file:
        assert stat.S_IMODE(elsewhere.sqlite_file.stat().st_mode) == 0o600


def test_an_interrupted_restore_is_begun_again(
    house: Settings, elsewhere: Settings, tmp_path: Path
) -> None:
    back_up(house, tmp_path / "backup.tar")
    elsewhere.make_folder()
    (elsewhere.data / RESTORING).touch()
    (elsewhere.data / "photos" / "ab").mkdir(parents=True)
    (elsewhere.data / "secret").write_text("half")
    if elsewhere.sqlite_file:
        elsewhere.sqlite_file.write_bytes(b"SQLite format 3\0 half")
    else:
        schema.upgrade(elsewhere.database_url)
    Restoring(elsewhere, tmp_path / "backup.tar").restore(None, None, untold)
    assert rows(elsewhere) == rows(house)
    assert (elsewhere.data / "secret").read_bytes() == (house.data / "secret").read_bytes()
