"""The pages about what the team was told: written in the review, read by everybody, shown to who leads."""

from flask.testing import FlaskClient

from models.terms import Role
from tests.web_data import Web, csrf

WORDS = "Messebauer sind ab jetzt <Lieferant>."


def told(firm: Web) -> tuple[FlaskClient, str]:
    lead = firm.client(Role.TEAM_LEAD)
    begun = lead.post("/reviews", data={"csrf": csrf(lead), "art": "monat", "zeitraum": "2026-10"})
    page = str(begun.headers["Location"])
    answer = lead.post(f"{page}/mitteilung", data={"csrf": csrf(lead), "mitteilung": WORDS})
    assert answer.status_code == 303
    return lead, page


def test_a_member_finds_the_note_under_his_notices_and_says_that_he_has_read_it(firm: Web) -> None:
    lead, page = told(firm)
    clerk = firm.client()

    before = clerk.get("/mitteilungen").text
    number = before.split("/mitteilungen/")[1].split("/")[0]
    done = clerk.post(f"/mitteilungen/{number}/gelesen", data={"csrf": csrf(clerk)})

    assert 'value="/mitteilungen"' in clerk.get("/hinweise").text
    assert ("1 ungelesen" in before, "&lt;Lieferant&gt;" in before, done.status_code) == (True, True, 303)
    assert "alles gelesen" in clerk.get("/mitteilungen").text
    seen = lead.get(page).text
    assert "1 von 4 haben es gelesen" in seen
    assert "Lea Voss" in seen[seen.index("Wer es gelesen hat") :]


def test_only_who_leads_sees_who_has_read_it(firm: Web) -> None:
    _, page = told(firm)

    text = firm.client(Role.MANAGEMENT).get(page).text

    assert "0 von 4 haben es gelesen" in text
    assert "Wer es gelesen hat" not in text


def test_only_who_leads_tells_and_nobody_reads_for_others(firm: Web) -> None:
    lead, page = told(firm)
    clerk = firm.client()

    assert clerk.post(f"{page}/mitteilung", data={"csrf": csrf(clerk), "mitteilung": "x"}).status_code == 403
    assert lead.post(f"{page}/mitteilung", data={"csrf": csrf(lead), "mitteilung": " "}).status_code == 422
    assert lead.post("/mitteilungen/1/gelesen", data={"csrf": csrf(lead)}).status_code == 404
    assert "Keine Mitteilungen" in lead.get("/mitteilungen").text
