"""Two words say in which browser a session is."""

import pytest

from service.domain import browser

LINES = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0": "Firefox auf Windows",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36": "Chrome auf Linux",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0": "Edge auf Windows",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/19.0 Safari/605": "Safari auf Mac",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile Safari/604": "Safari auf iPhone",
    "Mozilla/5.0 (iPad; CPU OS 19_0 like Mac OS X) CriOS/156.0 Mobile Safari/604": "Chrome auf iPad",
    "Mozilla/5.0 (Linux; Android 16) SamsungBrowser/30.0 Chrome/150.0 Mobile Safari/537": "Samsung Internet auf Android",
    "Mozilla/5.0 (X11; CrOS x86_64) Chrome/156.0 Safari/537 OPR/120.0": "Opera auf ChromeOS",
    "Firefox/1": "Firefox",
    "curl/8.0 (Linux)": "Unbekannter Browser auf Linux",
    "<script>alert(1)</script>": "Unbekannter Browser",
    "": "Unbekannter Browser",
}


@pytest.mark.parametrize("line", LINES)
def test_the_line_of_a_browser_becomes_two_words(line: str) -> None:
    assert browser.short(line) == LINES[line]
