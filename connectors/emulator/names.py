"""Invented German words from which the emulated firm and its correspondents are made; nobody of them exists."""


def _list(text: str, between: str = " ") -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(between))


FIRST_NAMES = _list(
    "Anja Bernd Carina Dörte Emre Frauke Günther Hülya Ingo Jasmin Käthe Lars Mareike Nils Özlem Petra Rüdiger Sören "
    "Tanja Uwe Viktoria Wiebke Yannick Zoë Jörg Kübra Björn Änne Thorsten Sabine Malte Ilka Henning Gerlinde Falk Edda "
    "Detlef Cem Birgit Aylin Matthäus Renate Volker Ulrike Swantje Ronja Oskar Nadine Marlon Leonie"
)
LAST_NAMES = _list(
    "Ahlers Böttcher Czerny Dörfler Eßer Fährmann Grünwald Häußler Immendorf Jürgens Köhnlein Lüttich Möhring "
    "Nürnbach Öztürk Pöhlmann Quast Röhrig Süßmuth Tönnies Uhlig Vößing Würth Yıldız Zöllner Brömmel Däubler "
    "Flörchinger Gößmann Hölscher Jäschke Krämer Löwental Mäurer Nöthen Plöger Rübsam Schönfeldt Thürnagel "
    "Wößner Ammerschlag Buntrock Dinkelmeier Eberswald Finkenzeller Gebhardini Hasenpusch Kesselring Lindwurm "
    "Morgenroth Nachtweih Rabenstein Silberhorn Taubenheim Wachholtz"
)
CITIES = _list(
    "Augsburg Bamberg Coburg Deggendorf Erlangen Freising Fürth Günzburg Ingolstadt Kempten Landshut Memmingen Münster "
    "Neuburg Passau Regensburg Rosenheim Straubing Traunstein Weiden Würzburg Zwickau Göttingen Lübeck Köln"
)
TRADES = _list(
    "Hausverwaltung Bau Immobilien Autohaus Klinik Pflegeheim Brauerei Druckerei Bäckerei Hotel Möbelwerk Molkerei "
    "Spedition Wohnbau Schreinerei Gießerei Kanzlei Optik Textilwerk Gärtnerei"
)
SUPPLIES = _list(
    "Rohrhandel Kältetechnik Pumpen Armaturen Dämmstoffe Elektrogroßhandel Werkzeuge Regeltechnik Ventilatoren "
    "Befestigung Heizkessel Blechbearbeitung Logistik Arbeitsschutz Messgeräte"
)
LETTERS = _list(
    "Haustechnik-Brief;Kälte aktuell;Normen-Ticker;Handwerk heute;Energie-Rundschau;Vergabe-Bote;Lüftungs-Report;"
    "Baurecht kompakt;Mittelstands-Post;Wärmepumpen-Magazin;Steuertipp der Woche;Messe-Nachrichten;Kammer-Info;"
    "Förderkompass;Arbeitssicherheit Digest;Fachkräfte-Brief;Sanitär-Journal;Gebäude-Update;Software-Neuigkeiten;"
    "Rohstoff-Monitor",
    ";",
)
OFFERS = _list(
    "Leadfabrik;Büromarkt Blitz;Werbeartikel-König;Seitenplatz Eins;Kredit-Sofort;Firmenwagen-Profi;Kaffee fürs Büro;"
    "Adressen-Börse;Stromwechsel24;Team-Events Süd;Messebau Rapid;Druckprofi Express;Telefonanlagen Nord;"
    "Recruiting-Rakete;Reinigung Plus;Bonus-Tankkarte;Cloud-Angebote;Webseiten-Werk;Inkasso Direkt;Rabatt-Radar",
    ";",
)

# Words of an invented content that must never arrive anywhere: tests look for their stem in everything we keep.
SECRET_STEM = "Blaubeerquark"
TOPICS = _list(
    "Angebot;Wartungstermin;Rechnung;Störung Heizung;Liefertermin;Auftrag;Rückfrage;Abnahme;Ersatzteil;Mahnung",
    ";",
)

_PLAIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ı": "i", "ë": "e", "Ö": "oe", "Ä": "ae", "Ü": "ue"}
)


def local_form(text: str) -> str:
    """Return text as it stands in an address or a domain: lower case, umlauts written out, blanks as hyphens."""
    plain = text.lower().translate(_PLAIN)
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in plain)
    return "-".join(part for part in kept.split("-") if part)
