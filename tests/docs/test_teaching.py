"""The teacher's pages: plans that add up, exercises that exist, commands that are known."""

import json
import re
import shlex
from pathlib import Path

import nbformat
import pytest
from nbconvert import SlidesExporter

from melodyai_edu.checks.exercise import find_exercise, find_prediction
from melodyai_edu.cli import _parser

ROOT = Path(__file__).parents[2]
TEACHING = ROOT / "docs" / "teaching"
LESSONS = sorted((ROOT / "lessons").glob("[0-9][0-9]_*.py"))
PAGES = sorted(TEACHING.rglob("*.md"))
HEADINGS = (
    "Before class",
    "45 minutes",
    "90 minutes",
    "Common wrong answers",
    "Predictions",
    "Discussion",
    'Rubric for "Make"',
)
WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=[path.stem for path in LESSONS])
every_page = pytest.mark.parametrize("page", PAGES, ids=[path.stem for path in PAGES])


def plan_of(lesson):
    text = (TEACHING / f"lesson_{lesson.stem[:2]}.md").read_text(encoding="utf-8")
    _, *parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return text, dict(zip(parts[::2], parts[1::2], strict=True))


@every_lesson
def test_a_plan_has_all_headings_and_the_lessons_title(lesson):
    text, parts = plan_of(lesson)
    title = re.search(r"^# # (Lesson \d\d: .+)$", lesson.read_text(encoding="utf-8"), re.MULTILINE)
    assert text.startswith(f"# {title[1]}\n")
    assert tuple(parts) == HEADINGS


@every_lesson
@pytest.mark.parametrize("minutes", [45, 90])
def test_minutes_add_up(lesson, minutes):
    rows = re.findall(r"^\| (\d+) \|", plan_of(lesson)[1][f"{minutes} minutes"], re.MULTILINE)
    assert sum(map(int, rows)) == minutes


@every_lesson
def test_minutes_of_the_card_are_those_of_the_lesson(lesson):
    card = re.search(r"\*\*Minutes\*\* \| (\d+)", lesson.read_text(encoding="utf-8"))
    assert re.search(rf"card\s+says\s+{card[1]}\s+minutes", plan_of(lesson)[0])


def seconds_of(lesson):
    return int(re.search(r"\*\*CPU seconds\*\* \| (\d+)", lesson.read_text(encoding="utf-8"))[1])


@every_lesson
def test_minutes_of_computing_are_those_of_the_card(lesson):
    """A plan that has to say how long the notebook computes says what its card says, rounded."""
    text = re.sub(r"\s+", " ", plan_of(lesson)[0])
    said = re.findall(r"about (\w+) minutes? of computing on two cores", text)
    minutes = round(seconds_of(lesson) / 60)
    assert [WORDS[word] for word in said] == ([minutes] if seconds_of(lesson) >= 60 else [])
    for part in re.split(r"[.;:|]", re.sub(r"card says \d+ minutes", "", text)):
        if "comput" in part and "minute" in part and "of computing on two cores" not in part:
            assert "under a minute" in part
            assert seconds_of(lesson) < 60


def numbers_in(text):
    return re.findall(r"\b\d\d\b", text)


def test_waits_and_the_quick_profile_are_those_of_the_lessons():
    page = (TEACHING / "running_a_class.md").read_text(encoding="utf-8")
    waits = re.search(r"The waits are in (.+?): ", page)[1]
    said = {number: WORDS[word] for numbers, word in re.findall(r"([^()]+)\(about (\w+)", waits)
            for number in numbers_in(numbers)}  # fmt: skip
    minutes = {lesson.stem[:2]: seconds_of(lesson) / 60 for lesson in LESSONS}
    assert said == {number: round(value) for number, value in minutes.items() if value >= 1}
    sooner = numbers_in(re.search(r"every cell still runs, and (.+?) run on less data", page)[1])
    assert sooner == [lesson.stem[:2] for lesson in LESSONS
                      if "MELODYAI_PROFILE" in lesson.read_text(encoding="utf-8")]  # fmt: skip
    measured = json.loads((ROOT / "lessons" / "seconds.json").read_text(encoding="utf-8"))
    share = {number: found["solution"]["smoke"]["cpu"] / found["solution"]["default"]["cpu"]
             for number, found in measured.items()}  # fmt: skip
    assert sooner == [number for number in sorted(share) if share[number] < 0.8]


@every_lesson
def test_code_that_a_plan_names_stands_in_the_lesson(lesson):
    """What the class is told to run or to drag is there, or is printed."""
    notebook = ROOT / "notebooks" / "solutions" / f"{lesson.stem}.ipynb"
    cells = nbformat.read(notebook, 4).cells
    printed = [out.get("text", "") for cell in cells for out in cell.get("outputs", [])]
    known = re.sub(r"\n# ?", " ", lesson.read_text(encoding="utf-8")) + "".join(printed)
    _, parts = plan_of(lesson)
    for code in re.findall(r"`([^`]+)`", parts["45 minutes"] + parts["90 minutes"]):
        assert code in known, code


@every_lesson
def test_every_exercise_and_prediction_is_spoken_of(lesson):
    source = lesson.read_text(encoding="utf-8")
    _, parts = plan_of(lesson)
    asked = set(re.findall(r'mai\.check\("(\d+\.\d+)"', source))
    named = set(re.findall(r"^\| (\d+\.\d+) \|", parts["Common wrong answers"], re.MULTILINE))
    assert named == asked
    predicted = set(re.findall(r'mai\.predict\("(\d+\.\d+)"', source))
    assert set(re.findall(r"^\*\*(\d+\.\d+)\*\*", parts["Predictions"], re.MULTILINE)) == predicted
    for number in named:
        find_exercise(number)
    for number in predicted:
        find_prediction(number)


@every_lesson
def test_there_is_enough_to_discuss_and_to_grade(lesson):
    _, parts = plan_of(lesson)
    assert 3 <= len(re.findall(r"^\d\. .+\?", parts["Discussion"], re.MULTILINE)) <= 5
    assert len(re.findall(r"^\| \*\*", parts['Rubric for "Make"'], re.MULTILINE)) >= 3


@every_lesson
def test_what_is_quoted_is_what_the_check_says(lesson):
    """A quotation of a check, cut at its dots, stands in the source of the lesson's checks."""
    checks = ROOT / "melodyai_edu" / "checks"
    names = (f"lesson_{lesson.stem[:2]}*.py", "faces.py", "stops.py")
    files = [file for name in names for file in sorted(checks.glob(name))]
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    words = re.sub(r'"\s*\n\s*f?"|\{[^{}"\n]*\}', "", source)
    words = re.sub(r"\s+", " ", words)
    for row in re.findall(r"^\| \d+\.\d+ \|.+\|(.+)\|$", plan_of(lesson)[1]["Common wrong answers"],
                          re.MULTILINE):  # fmt: skip
        for quotation in re.findall(r'"([^"]+)"', row):
            for piece in quotation.split("..."):
                known = [part for part in _parts(piece) if part not in words]
                assert not known, f"{quotation!r} is not what the check says"


def _parts(piece):
    """Cut a quotation at figures and names that the check fills in."""
    return [
        part.strip(" ,.;:'") for part in re.split(r"\d+(?:\.\d+)?|'[^']*'|ZeroDivisionError", piece)
        if len(part.strip(" ,.;:'")) > 12
    ]  # fmt: skip


@every_page
def test_commands_are_known(page):
    blocks = re.findall(r"```bash\n(.+?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    for line in "\n".join(blocks).splitlines():
        words = shlex.split(line, comments=True)
        if words:
            assert words[0] == "melodyai"
            assert _parser().parse_args(words[1:]).run


@every_page
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).is_file(), target


def test_the_index_lists_every_page_but_the_key():
    text = (TEACHING / "index.md").read_text(encoding="utf-8")
    listed = set(re.search(r":hidden:\n\n(.+?)```", text, re.DOTALL)[1].split())
    assert listed == {page.stem for page in TEACHING.glob("*.md")} - {"index"}


def test_a_shorter_way_says_what_its_lessons_need():
    """What a card needs and the way leaves out, the index says in a sentence."""
    text = (TEACHING / "index.md").read_text(encoding="utf-8")
    ways = dict(re.findall(r"^\| (one afternoon|half a term).*?\|(.+?)\|", text, re.MULTILINE))
    assert len(ways) == 2
    missing = {}
    for way in ways.values():
        taken = numbers_in(way.partition(", and")[0])  # of the last one, a part
        for lesson in LESSONS:
            card = re.search(r"\*\*Needs\*\* \|(.+)\|", lesson.read_text(encoding="utf-8"))[1]
            needs = [number for number in numbers_in(card) if number not in taken]
            if lesson.stem[:2] in taken and needs:
                missing[lesson.stem[:2]] = needs
    told = re.findall(
        r"^- .*?[Bb]efore (.+?) \((?:it needs|they need) (.+?)\): \*", text, re.MULTILINE
    )
    said = {number: numbers_in(needs) for found, needs in told for number in numbers_in(found)}
    assert said == missing


def test_the_key_is_kept_apart():
    keys = [page for page in PAGES if "key" in page.stem]
    assert [page.parent.name for page in keys] == ["key"]
    assert keys[0].read_text(encoding="utf-8").startswith("---\norphan: true\n---\n")


def test_exam_and_key_have_the_same_questions_and_points():
    exam = (TEACHING / "exam.md").read_text(encoding="utf-8")
    key = (TEACHING / "key" / "exam_key.md").read_text(encoding="utf-8")
    questions = re.findall(r"^\*\*(\d+)\.\*\* \((\d+)\)", exam, re.MULTILINE)
    assert [int(number) for number, _ in questions] == list(range(1, 21))
    assert sum(int(points) for _, points in questions) == 60
    assert re.findall(r"^(\d+)\. ", key, re.MULTILINE) == [number for number, _ in questions]


def test_what_a_class_that_stopped_after_06_is_asked_was_in_its_lessons():
    exam = (TEACHING / "exam.md").read_text(encoding="utf-8")
    key = (TEACHING / "key" / "exam_key.md").read_text(encoding="utf-8")
    left, remain = re.search(r"leave out questions (.+?); (\d+) points remain", exam).groups()
    assert f"{remain} points, without questions {left}:" in key
    parts = re.findall(r"(\d+)( \(\w\))?", left)
    whole, single = ([n for n, part in parts if bool(part) is is_part] for is_part in (False, True))
    points = dict(re.findall(r"^\*\*(\d+)\.\*\* \((\d+)\)", exam, re.MULTILINE))
    assert int(remain) == 60 - sum(int(points[n]) for n in whole) - len(single)
    for number, answer in re.findall(r"^(\d+)\. (.+)$", key, re.MULTILINE):
        lessons = [int(n) for n in numbers_in(re.findall(r"\*Lessons? [^*]+\*", answer)[-1])]
        assert lessons, number
        if number in whole:
            assert min(lessons) > 6, number
        else:
            assert (max(lessons) > 6) == (number in single), number


def test_the_slides_become_a_notebook_and_a_show_as_the_page_says(tmp_path, monkeypatch):
    page = (TEACHING / "slides.md").read_text(encoding="utf-8")
    (tmp_path / "slides.md").write_text(page, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(re.search(r"```python\n(.+?)```", page, re.DOTALL)[1], {})
    deck = nbformat.read("slides.ipynb", 4)
    nbformat.validate(deck)
    titles = [cell.source.splitlines()[0] for cell in deck.cells]
    assert titles == re.findall(r"^##.+$", page, re.MULTILINE)
    show = SlidesExporter().from_notebook_node(deck)[0]
    assert show.count("<section") == len(titles) + len(LESSONS)  # slides, and a column a lesson


def test_slides_have_all_lessons_and_headings():
    text = (TEACHING / "slides.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^## Lesson \d\d: ", text, re.MULTILINE)) == len(LESSONS)
    for lesson in LESSONS:
        assert len(re.findall(rf"^### {lesson.stem[:2]} ", text, re.MULTILINE)) == 7
