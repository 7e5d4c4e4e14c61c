"""The teacher's pages: plans that add up, exercises that exist, commands that are known."""

import re
import shlex
from pathlib import Path

import pytest

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
    files = [checks / name for name in (f"lesson_{lesson.stem[:2]}.py", "faces.py", "stops.py")]
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


def test_slides_have_all_lessons_and_headings():
    text = (TEACHING / "slides.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^## Lesson \d\d: ", text, re.MULTILINE)) == len(LESSONS)
    for lesson in LESSONS:
        assert len(re.findall(rf"^### {lesson.stem[:2]} ", text, re.MULTILINE)) == 7
