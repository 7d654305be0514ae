"""Forecasts from stored turns: answered ones teach, waiting ones are forecast, and a firm that never opens has none."""

from datetime import timedelta

from models.terms import Channel
from service.domain.forecast import Source
from service.domain.hours import Hours
from service.store import forecast, settings
from service.store.engine import Database
from tests.service.store.firm import NOW, Firm


def test_what_the_firm_answered_says_when_what_waits_will_be(database: Database) -> None:
    firm = Firm(database)
    with firm.turn() as turn:
        account = firm.account(turn)
        for number in range(40):
            asked = NOW - timedelta(days=20) + timedelta(hours=5 * number)
            firm.answer(turn, firm.conversation(turn, account), asked, asked + timedelta(hours=3))
        waiting = firm.conversation(turn, account, NOW - timedelta(hours=1))
        quiet = firm.conversation(turn, account)

        found = forecast.of(turn, [waiting, quiet])
        chat = forecast.now(turn, Channel.WHATSAPP)

        assert set(found) == {waiting.id}
        assert (found[waiting.id].source, found[waiting.id].answers) == (Source.VERLAUF, 40)
        assert NOW < found[waiting.id].likely_at <= found[waiting.id].latest_at
        assert chat.source is Source.ZIEL
        assert chat.latest_at == settings.windows(turn)[Channel.WHATSAPP].calendar.add(NOW, timedelta(hours=4))
        assert forecast.history(turn, Channel.EMAIL)[2] == NOW - timedelta(days=20)
        settings.put_hours(turn, Hours(week={}, land="BY", overrides={}, timezone="Europe/Berlin"))
        assert forecast.of(turn, [waiting]) == {}
