"""Parameter files that ship: what is attested stands in them exactly, and every file keeps the rules.

`TestEveryFile` walks all of them and names every violation at once.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.framework_model import Ladder, MultiSelect, Ratio
from workbench.indicators import read_indicators
from workbench.provinces import PROVINCES
from workbench.run_file import RunFile
from workbench.runs import load_run
from workbench.scoring import score
from workbench.strictyaml import read_yaml, validate
from workbench.text import Texts
from workbench.uncertainty import load_spec

ROOT = Path(__file__).resolve().parents[1]
PARAMS = ROOT / "params"
EDITION = PARAMS / "framework" / "2559"
WORKSHOP = PARAMS / "workshops" / "2559-05-23.yaml"
FRAMEWORKS = sorted(path.parent for path in PARAMS.glob("framework/*/framework.yaml"))
RUNS = sorted(PARAMS.glob("runs/*.yaml"))
TABLE_RUNS = [path for path in RUNS if "indicators" in read_yaml(path).data]

PILLARS_2563 = {
    "P1": "แนวนโยบายและหลักปฏิบัติ",
    "P2": "ศักยภาพเจ้าหน้าที่ภาครัฐด้านดิจิทัล",
    "P3": "บริการภาครัฐ",
    "P4": "การบริหารจัดการรูปแบบดิจิทัล",
    "P5": "โครงสร้างพื้นฐานที่มีความมั่นคงปลอดภัย",
    "P6": "เทคโนโลยีดิจิทัลและการนำไปใช้",
}
QUESTION_TYPES = {"ladder", "multi_select", "yes_no", "likert", "number", "percent", "ratio"}

THAI = re.compile(r"[ก-๛]")
LATIN_IN_THAI = {"A", "AA", "AAA", "GFMIS", "e-GP", "HTTPS", "e-Payment"}
"""Grades and names of systems that official Thai writes in Latin letters."""
MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
TYPING = {
    "a hidden character": re.compile("[\u00a0\u200b-\u200f\u2060\ufeff]"),
    "two spaces, or a space at an end": re.compile(r"^\s|\s$|\s\s"),
    "SARA AM or SARA AE in two pieces": re.compile("\u0e4d[\u0e48-\u0e4b]?\u0e32|\u0e40\u0e40"),
    "a tone mark before its vowel": re.compile("[\u0e48-\u0e4b][\u0e31\u0e34-\u0e3a]"),
    "a mark twice": re.compile(f"([{MARKS}])\\1"),
    "a mark on nothing": re.compile(f"(?:^|[^ก-ฮ{MARKS}])[{MARKS}]"),
}


@pytest.fixture(scope="module")
def edition():
    return Framework.load(EDITION)


@pytest.fixture(scope="module")
def amended():
    return Framework.load(EDITION, workshops=[WORKSHOP])


def texts_in(node, path=()):
    """Every map that has a language for a key, with the way to it; `names` of a unit are columns, not texts."""
    if isinstance(node, dict):
        if {"th", "en"} & set(node):
            if path[-2:] != ("unit", "names"):
                yield ".".join(map(str, path)), node
            return
        for key, child in node.items():
            yield from texts_in(child, (*path, key))
    elif isinstance(node, tuple):
        for position, child in enumerate(node):
            yield from texts_in(child, (*path, position))


def text_faults(text, *, template=False):
    """What is wrong with one text; a phrase of the reports may be a formula, or name the other language."""
    if set(text) != {"th", "en"} or not all(isinstance(words, str) and words for words in text.values()):
        return ["is not in both languages"]
    # A phrase that is joined to others may begin with the space that parts them.
    read = {key: words.removeprefix(" ") if template else words for key, words in text.items()}
    faults = [f"{name} in `{key}`" for key, words in read.items() for name, slip in TYPING.items() if slip.search(words)]
    faults += [f"`{key}` is not in normal form C" for key, words in text.items() if unicodedata.normalize("NFC", words) != words]
    if template:
        return faults
    if not (THAI.search(text["th"]) or text["th"] in LATIN_IN_THAI):
        faults.append("the Thai text has no Thai letter")
    if THAI.search(text["en"]):
        faults.append("the English text has Thai letters")
    return faults


def repeated(values):
    folded = [value.casefold() for value in values]
    return sorted({value for value in folded if folded.count(value) > 1})


def question_faults(item):
    """Answers may be given by their wording, so a wording means one answer only."""
    question = item.question
    given = {Ladder: "steps", MultiSelect: "options"}.get(type(question))
    answers = getattr(question, given) if given else ()
    for language in ("th", "en"):
        yield from (f"{item.id}: answer {twice} twice" for twice in repeated([a.label.get(language) for a in answers]))
    yield from (f"{item.id}: value {twice} twice" for twice in repeated([str(answer.value) for answer in answers]))


def framework_faults(framework):
    """What is wrong with one framework beyond what the loader refuses."""
    elements = framework.elements
    yield from (f"id {twice} twice" for twice in repeated([node.id for node in elements]))
    for language in ("th", "en"):
        yield from (f"label {twice} twice" for twice in repeated([node.label.get(language) for node in elements]))
        yield from (f"band {twice} twice" for twice in repeated([band.label.get(language) for band in framework.bands]))
    yield from (f"{node.id}: weight {node.weight:g}" for node in elements if not node.weight > 0)
    yield from (f"{item.id}: no reference" for item in framework.indicators if not item.reference.strip())
    yield from (fault for item in framework.indicators for fault in question_faults(item))
    minima = [band.minimum for band in framework.bands]
    yield from (f"band from {high:g} after {low:g}" for low, high in pairwise(minima) if not low < high)
    used = {name for item in framework.indicators if isinstance(item.question, Ratio) for name in item.answer_columns}
    yield from (f"number {number.id} is used by no question" for number in framework.numbers if number.id not in used)


def faults_of(read, *arguments):
    """The faults that reading names, none when it succeeds."""
    try:
        read(*arguments)
    except WorkbenchError as error:
        return [str(fault) for fault in error.faults]
    return []


def run_of(path):
    """A run file whose table need not be there."""
    document = read_yaml(path)
    return validate(RunFile, document.data, document.places, path)


class TestWhatIsAttested:
    def test_the_six_pillars(self, edition):
        """The pillars carry the Thai names of the DGA survey 2563, in its order (innnews.co.th/news/news_5182)."""
        assert list(PILLARS_2563.items()) == [(pillar.id, pillar.label.th) for pillar in edition.pillars]

    def test_the_frame_of_2561(self, edition):
        """19 types of agency in the 76 provinces other than Bangkok are the 1,444 agencies asked in 2561 (dga.or.th/?p=18173)."""
        provinces = [province for province in PROVINCES if province.iso != "TH-10"]

        assert (76, 1444) == (len(provinces), len(provinces) * len(edition.respondents.types))

    def test_the_rest_is_called_a_proposal(self, edition):
        """Title, status and lists say what is attested and what is proposed, in both languages."""
        definition = edition.definition

        assert "ข้อเสนอ" in edition.title.th
        assert "proposal" in edition.title.en
        assert "ไม่พบแบบสำรวจ" in edition.status.th
        assert "not found" in edition.status.en
        assert any("45.67" in text.th and "45.67" in text.en for text in definition.attested)
        assert any("ตัวชี้วัด" in text.th and "indicators" in text.en for text in definition.proposed)

    @pytest.mark.parametrize(("year", "countries"), [(2016, 29), (2018, 40)])
    def test_very_high_countries(self, shared, year, countries):
        """29 countries are very high in the UN's table of 2016, and 40 in that of 2018 (UN E-Government Survey 2018)."""
        framework = Framework.load(PARAMS / "framework" / "egdi")
        scores = score(framework, read_indicators(shared / f"egdi_{year}.csv", framework))

        assert countries == (scores.table["band"] == "very-high").sum()


class TestEdition2559:
    def test_size(self, edition):
        """Six pillars, 17 sub-pillars and 50 indicators, with all seven types of question."""
        levels = [edition.level(node.id) for node in edition.elements]

        assert (6, 17, 50) == tuple(levels.count(level) for level in ("pillar", "sub-pillar", "indicator"))
        assert {item.question.type for item in edition.indicators} == QUESTION_TYPES

    def test_every_number_is_asked_once(self, edition):
        """Twelve numbers serve seven ratios; two of them serve two ratios each."""
        uses = [name for item in edition.indicators if isinstance(item.question, Ratio) for name in item.answer_columns]

        assert (12, 14) == (len(edition.numbers), len(uses))
        assert {"all_staff", "all_services"} == set(repeated(uses))
        assert len(set(edition.columns)) == len(edition.columns) == 43 + 12

    def test_equal_weights(self, edition):
        """No weight was published, so all are equal."""
        assert {1.0} == {node.weight for node in edition.elements}

    def test_ids_are_paths(self, edition):
        """An element's id continues its parent's."""
        assert [] == [
            node.id for node in edition.elements if edition.parent(node.id) not in {"index", node.id.rpartition(".")[0]}
        ]

    def test_ladders_have_even_steps(self, edition):
        """The points of a ladder divide 0 to 1 evenly, thirds to four decimals."""
        ladders = [item.question.steps for item in edition.indicators if isinstance(item.question, Ladder)]

        for steps in ladders:
            assert [round(rung / (len(steps) - 1), 4) for rung in range(len(steps))] == [step.points for step in steps]
            assert list(range(len(steps))) == [step.value for step in steps]

    def test_what_the_provincial_office_answers(self, edition):
        """Facts of the whole province are asked of the provincial office; every other question is asked of all."""
        asked = {item.id: item.question.asked_of for item in edition.indicators if item.question.asked_of}

        assert dict.fromkeys(("P1.2.1", "P1.2.2", "P4.3.1"), ("A01",)) == asked

    def test_rules_of_the_index(self, edition):
        """Half of the agencies and half of the weight must be there; five bands begin every twenty points."""
        rules = edition.method, edition.respondents

        assert ("arithmetic", 1.0, 0.5, "competition") == tuple(
            getattr(rules[0], name) for name in ("aggregation", "geometric_floor", "minimum_coverage", "ties")
        )
        assert 0.5 == rules[1].minimum_response
        assert [0, 20, 40, 60, 80] == [band.minimum for band in edition.bands]

    def test_order_means_nothing(self, edition, tmp_path):
        """Listed backwards, every element keeps its parent, weight and question."""
        for path in EDITION.iterdir():
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            if path.name == "framework.yaml":
                files = [line for line in lines if line.startswith("- {file:")]
                lines = [line for line in lines if line not in files] + files[::-1]
            (tmp_path / path.name).write_text("".join(lines), encoding="utf-8")
        backwards = Framework.load(tmp_path)

        assert [pillar.id for pillar in edition.pillars][::-1] == [pillar.id for pillar in backwards.pillars]
        for node in edition.elements:
            assert node == backwards.element(node.id)
            assert edition.parent(node.id) == backwards.parent(node.id)


class TestProvinceContext:
    def test_bangkok(self, shared):
        """Bangkok has no municipalities or villages: no score for that pillar, yet an index; all others are complete."""
        framework = Framework.load(PARAMS / "framework" / "province-context")
        table = score(framework, read_indicators(shared / "province_context_2559.csv", framework)).table
        bangkok, others = table.loc["TH-10"], table.drop(index="TH-10")

        assert 0.5 < bangkok["coverage"] < 1
        assert bangkok[["settlement", "towns", "villages"]].isna().all()
        assert bangkok[["index", "living", "economy"]].notna().all()
        assert others.notna().to_numpy().all()

    def test_goalposts_enclose_the_provinces(self, shared):
        """A goalpost cuts off Bangkok, the head of the state, and at most one other province."""
        framework = Framework.load(PARAMS / "framework" / "province-context")
        values = read_indicators(shared / "province_context_2559.csv", framework).values.drop(index="TH-10")
        limits = {item.id: item.normalisation for item in framework.indicators}
        outside = {name: int((~column.between(limits[name].low, limits[name].high)).sum()) for name, column in values.items()}

        assert max(outside.values()) <= 1

    def test_it_is_called_an_example(self):
        """Its title and status say that it is an example and no measure of readiness."""
        framework = Framework.load(PARAMS / "framework" / "province-context")

        assert "ตัวอย่าง" in framework.title.th
        assert "example" in framework.title.en
        assert "ไม่ใช่การวัดความพร้อม" in framework.status.th
        assert "not a measure" in framework.status.en

    def test_it_shows_what_a_framework_can_do(self):
        """A geometric group, a logarithm and a negative direction are each used."""
        framework = Framework.load(PARAMS / "framework" / "province-context")

        assert "geometric" in {group.aggregation for group in framework.groups}
        assert "log" in {item.normalisation.transform for item in framework.indicators}
        assert "negative" in {item.direction for item in framework.indicators}


class TestWorkshop:
    def test_accepted_and_declined(self, amended):
        """Five amendments are accepted, five declined, one proposed; every one has its answer."""
        status = [amendment.status for amendment in amended.amendments]

        assert (5, 5, 1) == tuple(status.count(name) for name in ("accepted", "declined", "proposed"))
        assert all(amendment.answer is not None for amendment in amended.amendments)

    def test_only_the_accepted_are_applied(self, amended, edition):
        """Weights, goalposts and one aggregation change; coverage, bands and the weight still under discussion do not."""
        infrastructure = amended.element("P5")

        assert edition.fingerprint == amended.base.fingerprint != amended.fingerprint
        assert (1.5, 0.5, "geometric") == (
            amended.element("P3").weight,
            amended.element("P4.2.2").weight,
            infrastructure.aggregation,
        )
        assert [0.04, 6] == [amended.element(name).normalisation.high for name in ("P1.1.3", "P6.1.3")]
        assert (0.5, 80, 1) == (amended.method.minimum_coverage, amended.bands[-1].minimum, amended.element("P2").weight)

    def test_it_says_that_it_is_synthetic(self, amended):
        """Title and mark say so, and experts appear under pseudonyms."""
        (workshop,) = amended.workshops

        assert workshop.synthetic
        assert "ข้อมูลสังเคราะห์" in workshop.title.th
        assert "synthetic" in workshop.title.en
        assert all(re.fullmatch(r"[ES]\d\d(, E\d\d)*", amendment.raised_by) for amendment in amended.amendments)


class TestRuns:
    def test_the_sample_is_complete(self):
        """The sample run finds every file it names and takes every notebook."""
        spec = load_run(PARAMS / "runs" / "sample.yaml")

        assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == {path.stem for path in spec.notebooks}

    @pytest.mark.parametrize("path", TABLE_RUNS, ids=lambda path: path.stem)
    def test_tables_that_users_bring(self, path):
        """A run over a table names every column it needs, and leaves out the notebook that needs a workshop."""
        run, framework = run_of(path), Framework.load(run_of(path).framework)
        comment = " ".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
        needed = {framework.unit.column, *framework.unit.names.values(), *framework.table_columns}

        assert set() == needed - set(re.findall(r"[\w-]+", comment))
        assert "50_workshop" not in run.notebooks
        assert run.workshops == ()


class TestEveryFile:
    def test_texts(self):
        """Every text is in both languages, free of typing slips; in all but phrases Thai is Thai and English is English."""
        violations = [
            f"{path.relative_to(ROOT)}: {where}: {fault}"
            for path in sorted(PARAMS.rglob("*.yaml"))
            for where, text in texts_in(read_yaml(path).data)
            for fault in text_faults(text, template=path.parent.name == "texts")
        ]

        assert [] == violations

    def test_frameworks(self):
        """Every framework loads and keeps every rule: weights, references, numbers, bands, ids and answers."""
        violations = [
            f"{path.relative_to(ROOT)}: {fault}"
            for path in FRAMEWORKS
            for fault in faults_of(Framework.load, path) or framework_faults(Framework.load(path))
        ]

        assert [] == violations

    def test_runs_and_workshops(self):
        """Every run file is valid, its framework takes its workshops (all guards match), and its notebooks are there."""
        violations = []
        for path in RUNS:
            found = faults_of(run_of, path)
            violations += found
            if found:
                continue
            run = run_of(path)
            violations += faults_of(lambda run=run: Framework.load(run.framework, workshops=run.workshops))
            violations += [
                f"{path.name}: no notebook {name}" for name in run.notebooks if not (ROOT / f"notebooks/{name}.ipynb").exists()
            ]

        assert [] == violations

    def test_no_workshop_is_forgotten(self):
        """Every workshop file is applied by some run."""
        applied = {ROOT / name for path in RUNS for name in run_of(path).workshops}

        assert set(PARAMS.glob("workshops/*.yaml")) == applied

    def test_factors_of_uncertainty(self):
        """Every specification fits every framework that ships; that of all factors is the survey's own."""
        specs = sorted(PARAMS.glob("uncertainty/*.yaml"))
        pairs = [(spec, path) for spec in specs for path in FRAMEWORKS if spec.stem != "all" or "2559" in str(path)]

        assert any(spec.stem == "all" for spec, _ in pairs)
        assert [] == [fault for spec, path in pairs for fault in faults_of(load_spec, spec, Framework.load(path))]


class TestTheWalkItself:
    @pytest.mark.parametrize(
        ("th", "en", "fault"),
        [
            ("แผน", "", "is not in both languages"),
            ("Plan", "Plan", "the Thai text has no Thai letter"),
            ("แผน", "Plan แผน", "the English text has Thai letters"),
            ("เเผน", "Plan", "SARA AM or SARA AE in two pieces in `th`"),
            ("น\u0e4d\u0e49\u0e32", "Water", "SARA AM or SARA AE in two pieces in `th`"),
            ("ท\u0e48\u0e35", "At", "a tone mark before its vowel in `th`"),
            ("ที่\u0e48", "At", "a mark twice in `th`"),
            ("แผน \u0e48ก", "Plan", "a mark on nothing in `th`"),
            ("แผน\u200bงาน", "Plan", "a hidden character in `th`"),
            ("แผน", "Plan ", "two spaces, or a space at an end in `en`"),
        ],
    )
    def test_it_sees_slips(self, th, en, fault):
        """Each slip is named."""
        assert fault in text_faults({"th": th, "en": en})

    def test_it_lets_good_texts_pass(self):
        """Correct Thai, and names that Thai writes in Latin letters, pass."""
        for thai in ("น้ำ", "ที่ทำการปกครองจังหวัด", "แท้จริง", "GFMIS", "สิทธิ์", "เก็บ"):
            assert [] == text_faults({"th": thai, "en": "text"})

    def test_it_finds_every_text(self, edition):
        """The walk meets as many texts as the loaded edition holds labels."""
        walked = [text for path in EDITION.iterdir() for _, text in texts_in(read_yaml(path).data)]

        assert len(walked) > len(edition.elements) + len(edition.numbers) + len(edition.respondents.types)
        assert {node.label.th for node in edition.elements} <= {text["th"] for text in walked}


def test_one_word_per_idea():
    """A rank, a pillar and coverage are called in every text what the glossary calls them."""
    texts = Texts.default()
    wrong = []
    for key in texts.keys():  # noqa: SIM118  (not a dictionary)
        thai, english = texts._phrases[key].th, texts._phrases[key].en
        if re.search(r"\brank(s|ing|ed)?\b", english, re.IGNORECASE) and "ลำดับ" in thai:
            wrong.append(f"{key}: ลำดับ for rank; say {texts('glossary.rank.term').th}")
        if "เสา" in thai:
            wrong.append(f"{key}: เสา for pillar; say {texts('glossary.pillar.term').th}")
        if english.lower() == "coverage" and thai != texts("glossary.coverage.term").th:
            wrong.append(f"{key}: {thai} for coverage")
    assert [] == wrong
