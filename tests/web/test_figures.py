"""Figures at the desk and as files."""

from estate.database import Database
from tests.builders import Estate
from tests.neighbours import Who

House = tuple[Database, Estate, Who]
HERE = "/desk/figures"


def test_the_office_sees_figures_and_takes_them_along(house: House) -> None:
    _, _, browser = house
    office = browser("office")
    page = office.get(f"{HERE}?from=2026-01-01&until=2026-03-31")
    assert page.status_code == 200
    assert "2026-01-01" in page.text
    assert "Fewer than 5 cases" in page.text
    wrong = office.get(f"{HERE}?from=2026-03-01&until=2026-01-01")
    assert wrong.status_code == 422
    assert "The last day comes before the first." in wrong.text
    for name, head in (("cases", "Section;Cases;"), ("time", "Organisation;Section;Kind;Hours")):
        file = office.get(f"{HERE}/{name}.csv")
        assert file.headers["content-type"].startswith("text/csv")
        assert file.content.decode("utf-8-sig").startswith(head)
    for name in ("amina", "chair", "caretaker"):
        assert browser(name).get(HERE).status_code == 403
