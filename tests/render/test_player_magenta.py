"""The page itself: small enough, complete, and without an address to fetch."""

import json
import re

from melodyai_edu.io.note_sequence import note_sequence_json
from melodyai_edu.render import magenta_player_html


def test_the_data_are_the_score(band):
    page = magenta_player_html(band)
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    assert data["totalTime"] == band.seconds
    assert data["notes"] == note_sequence_json(band)["notes"]
    assert sum(note["isDrum"] for note in data["notes"]) == len(band.parts[1].notes)


def test_one_page_holds_all(jig):
    page = magenta_player_html(jig)
    assert len(page) < 650_000
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\s(?:src|href)=", page)
    assert "sourceMappingURL" not in page
    assert "connect-src" not in page
    assert "default-src 'none'" in page


def test_the_same_score_gives_the_same_page(jig):
    assert magenta_player_html(jig) == magenta_player_html(jig)
