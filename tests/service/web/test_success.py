"""The page of the success factors: the four of them, for who sees figures, with the way to make each better."""

from models.terms import Role
from tests.web_data import Web


def test_the_four_factors_stand_on_one_page_with_their_formulas(firm: Web) -> None:
    text = firm.client(Role.TEAM_LEAD).get("/reviews/erfolg").text

    for part in ("Konsistenz", "Schnelligkeit", "Qualität", "Team-Arbeit"):
        assert f">{part}</h2>" in text
    assert text.count("So wird gezählt") == 4
    assert "Hier fehlt noch jemand" in text
    assert "Lea Voss" in text


def test_it_is_for_who_sees_figures(firm: Web) -> None:
    assert firm.client(Role.MANAGEMENT).get("/reviews/erfolg").status_code == 200
    assert firm.client(Role.DATENSCHUTZ).get("/reviews/erfolg").status_code == 403
    assert "/reviews/erfolg" in firm.client().get("/reviews").text
