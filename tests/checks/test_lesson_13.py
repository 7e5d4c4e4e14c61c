"""The exercises of lesson 13: right answers pass, mistakes are heard; the last report card."""

import math
import threading
from collections import Counter

import pytest

import melodyai_edu as mai
from melodyai_edu.checks.lesson_13 import EXERCISES, PREDICTIONS, RECALL
from melodyai_edu.checks.lesson_13_capstone import judge_capstone
from melodyai_edu.checks.lesson_13_crowd import Crowd, crowd
from melodyai_edu.errors import ParameterError


def reason(number, answer):
    return EXERCISES[number].test(answer)


def musicians(before, after, workers, listening):
    if after["count"] < before["count"]:
        before = {"count": 0, "seconds": 0}
    seconds = (after["seconds"] - before["seconds"]) / (after["count"] - before["count"])
    return int(workers * (seconds + listening) / seconds)


def since_the_start(before, after, workers, listening):
    return musicians({"count": 0, "seconds": 0}, after, workers, listening)


def never_started_anew(before, after, workers, listening):
    seconds = (after["seconds"] - before["seconds"]) / (after["count"] - before["count"])
    return int(workers * (seconds + listening) / seconds)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (musicians, None),
        (since_the_start, "take what was added between the looks"),
        (never_started_anew, "started anew in between"),
        (lambda b, a, w, t: musicians(b, a, w, 0), "makes 32 pieces"),
        (lambda b, a, w, t: musicians(b, a, 1, t), "three pieces at a time"),
        (lambda b, a, w, t: math.ceil(w * (_mean(b, a) + t) / _mean(b, a)), "no two thirds of a"),
        (lambda b, a, w, t: w * (_mean(b, a) + t) / _mean(b, a), "no two thirds of a"),
        (lambda b, a, w, t: w * t / _mean(b, a), "keeps one process busy alone"),
        (lambda *a: None, "a number of musicians is wanted"),
        (lambda *a: math.nan, "a number of musicians is wanted"),
        (lambda *a: "32", "a number of musicians is wanted"),
    ],
    ids=range(11),
)
def test_musicians(answer, heard):
    found = reason("13.1", answer)
    assert found is None if heard is None else heard in found


def _mean(before, after):
    if after["count"] < before["count"]:
        before = {"count": 0, "seconds": 0}
    return (after["seconds"] - before["seconds"]) / (after["count"] - before["count"])


def replicas(waiting, now, target, fewest, most):
    wanted = min(max(math.ceil(waiting / target), fewest), most)
    return max(now - 1, min(2 * now, wanted))


def all_at_once(waiting, now, target, fewest, most):
    return min(max(math.ceil(waiting / target), fewest), most)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (replicas, None),
        (lambda q, n, t, f, m: float(replicas(q, n, t, f, m)), None),
        (lambda q, n, t, f, m: replicas(q // t * t, n, t, f, m), "a fifth is needed"),
        (lambda q, n, t, f, m: replicas(q, n, t, 0, m), "the fewest stay"),
        (lambda q, n, t, f, m: replicas(q, n, t, f, 99), "the most is 6"),
        (all_at_once, "only double each minute"),
        (lambda q, n, t, f, m: min(2 * n, all_at_once(q, n, t, f, m)), "one goes at a time"),
        (lambda q, n, t, f, m: replicas(q, n, t, f, m) + n, "you ask for 7"),
        (lambda q, n, t, f, m: None, "a number of replicas is wanted"),
    ],
    ids=range(9),
)
def test_autoscaler(answer, heard):
    found = reason("13.2", answer)
    assert found is None if heard is None else heard in found


def card_of(tunes):
    kept = [tune for tune in tunes if tune["licence"]]
    return {
        "whose music": [tune["by"] for tune in kept],
        "origin": "; ".join(tune["from"] for tune in kept),
        "licence": {tune["licence"] for tune in kept},
        "tunes": len(kept),
        "splits": Counter(tune["split"] for tune in kept),
        "left out": [tune["title"] for tune in tunes if not tune["licence"]],
    }


def without(name):
    return lambda tunes: {row: said for row, said in card_of(tunes).items() if row != name}


def with_row(name, make):
    return lambda tunes: card_of(tunes) | {name: make(tunes)}


def licence_unseen(tunes):
    return card_of([tune | {"licence": tune["licence"] or "found"} for tune in tunes])


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (card_of, None),
        (with_row("splits", lambda ts: {"valid": 0} | card_of(ts)["splits"]), None),
        (without("whose music"), "who made it is thanked here"),
        (without("left out"), "a tune without a licence stays out"),
        (with_row("licence", lambda tunes: tunes[0]["licence"]), "name them all"),
        (with_row("licence", lambda tunes: "CC BY 4.0"), "does not say 'public domain'"),
        (with_row("origin", lambda tunes: "the internet"), "look up whether it is true"),
        (with_row("tunes", len), "not what was on the table"),
        (with_row("tunes", lambda tunes: 2.5), "'tunes' says 2.5"),
        (with_row("splits", lambda tunes: "train and test"), "none: say how many"),
        (
            with_row("splits", lambda tunes: Counter(tune["split"] for tune in tunes)),
            "none: say how many",
        ),
        (with_row("left out", lambda tunes: []), "'left out' does not say 'Rainy Night'"),
        (with_row("left out", lambda ts: [t["title"] for t in ts]), "which may go along"),
        (
            with_row("whose music", lambda tunes: [tune["by"] for tune in tunes]),
            "whose tune has to stay out",
        ),
        (licence_unseen, "whose tune has to stay out"),
        (lambda tunes: "a card", "a dictionary is wanted"),
    ],
    ids=range(16),
)
def test_licence_card(answer, heard):
    found = reason("13.3", answer)
    assert found is None if heard is None else heard in found


def test_every_choice_has_its_reason():
    for question in (*PREDICTIONS.values(), *RECALL):
        reasons = [reason for _, reason in question.choices.values()]
        assert len(set(reasons)) == len(reasons) == 3
        assert question.verdict(question.right).startswith("Right.")
    assert {question.right for question in PREDICTIONS.values()} == {"b", "c"}
    assert sum(question.text.startswith("From lesson") for question in RECALL) == 2


class FakeService:
    """Has two places, and a lock for the one who works."""

    def __init__(self):
        self.lock, self.inside, self.calls = threading.Lock(), 0, []

    def call(self, method, path, body=None):
        if path == "/metrics":
            return self.answer(200, f"# HELP x y\nmelodyai_queue_length {self.inside}.0\n".encode())
        with self.lock:
            self.calls.append(body)
            self.inside += 1
            return self.answer(201 if self.inside <= 2 else 503)

    def answer(self, status, data=b""):
        from types import SimpleNamespace

        return SimpleNamespace(status=status, data=data)


def test_a_crowd_comes_at_once_with_seeds_of_their_own():
    service = FakeService()
    seen = crowd(service, {"genre": "jig", "seed": 99}, 5)
    assert sorted(body["seed"] for body in service.calls) == [0, 1, 2, 3, 4]
    assert Counter(status for _, _, status in seen.visits) == {201: 2, 503: 3}
    assert seen.queue[-1][1] == 5
    assert all(0 <= begin <= end for begin, end, _ in seen.visits)
    assert " 5 callers: 2 got a piece" in str(seen)
    assert str(seen).endswith("3 sent away")
    assert "3 told to come again" in seen.draw(places=4).description


@pytest.mark.parametrize("number", [0, 41])
def test_a_crowd_has_bounds(number):
    with pytest.raises(ParameterError, match=f"number={number} must be 1 to 40"):
        crowd(FakeService(), {}, number)


def test_a_crowd_of_nobody_who_was_served():
    assert str(Crowd(((0.0, 0.1, 503),), ())) == " 1 callers: 0 got a piece; 1 sent away"


@pytest.fixture(scope="module")
def final(tmp_path_factory):
    """The lesson's last piece with its file, as the service gives them."""
    wish = {"genre": "jig", "form": "AABA", "bars": 32, "arrangement": "jig", "seed": 13}
    rules = ["in_key", "max_leap=12", "end_on_tonic"]
    piece = mai.compose(**wish, model="ngram", rules=rules)
    file = piece.save(tmp_path_factory.mktemp("final") / "final.mid")
    return described(piece), file.read_bytes()


def described(piece):
    facts = {name: value for name, value in piece.facts.items()}
    return {"request": piece.request.to_dict(), "facts": facts, "provenance": piece.provenance}


def test_the_capstone_has_everything(final):
    card = judge_capstone(*final)
    assert card.missing == ()
    assert "made again here: the same" in str(card)
    assert "<pre>" in card._repr_html_()


def test_a_plain_piece_is_told_what_it_lacks(tmp_path):
    piece = mai.compose(genre="jig", bars=4, seed=1, model="ngram")
    midi = piece.save(tmp_path / "plain.mid").read_bytes()
    missing = judge_capstone(described(piece), midi).missing
    assert missing == ("32 bars or more", "something returns", "two rules of yours", "a band")


def test_the_file_must_be_the_piece(final):
    card = judge_capstone(final[0], final[1] + b" ")
    assert card.missing == ("one seed, one piece",)
    assert "is not the piece that is described" in str(card)


def test_papers_that_were_changed_are_found_out(final):
    described, midi = final
    changed = described | {"provenance": described["provenance"] | {"notes_sha256": "0" * 64}}
    assert judge_capstone(changed, midi).missing == ("one seed, one piece", "no copy")


def test_a_capstone_was_composed():
    with pytest.raises(ParameterError, match="'facts' is missing"):
        judge_capstone({"id": "x"}, b"")
