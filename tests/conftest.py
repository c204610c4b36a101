"""What several tests need."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import settings

# A first call compiles and imports; its time says nothing.
settings.register_profile("workbench", deadline=None, max_examples=50)
settings.load_profile("workbench")

# A shell starts what runs behind it with Ctrl-C ignored, and programs hand that on; here it is sent on purpose.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data that is not part of the project; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"the real data is not beside the checkout ({SHARED.name}/)")
    return SHARED


TINY = """\
id: tiny
edition: "2559"
title: {th: กรอบเล็ก, en: Tiny framework}
unit: {label: {th: หน่วย, en: unit}, plural: {th: หน่วย, en: units}}
respondents:
  label: {th: หน่วยงาน, en: agency}
  plural: {th: หน่วยงาน, en: agencies}
  minimum_response: 0.5
  personal: [phone]
  types:
  - {id: A01, label: {th: สำนักงานจังหวัด, en: Office}}
  - {id: A02, label: {th: สำนักงานที่ดิน, en: Land}}
  - {id: A03, label: {th: สำนักงานสถิติ, en: Statistics}}
bands:
- {id: low, label: {th: ต่ำ, en: Low}, minimum: 0}
- {id: middle, label: {th: กลาง, en: Middle}, minimum: 40}
- {id: high, label: {th: สูง, en: High}, minimum: 70}
numbers:
- {id: staff, label: {th: บุคลากร, en: Staff}}
- {id: ict_staff, label: {th: บุคลากรไอซีที, en: ICT staff}}
pillars:
- file: zeta.yaml
  weight: 2
- file: alpha.yaml
  weight: 1
"""
ZETA = """\
id: Z
label: {th: เสาแซด, en: Pillar Z}
children:
- id: Z.2
  label: {th: ย่อยสอง, en: Sub two}
  weight: 1
  children:
  - id: Z.2.1
    label: {th: แผน, en: Plan}
    question:
      type: ladder
      steps:
      - {value: 0, label: {th: ไม่มี, en: None}, points: 0}
      - {value: 1, label: {th: มีร่าง, en: Draft}, points: 0.5}
      - {value: 2, label: {th: ประกาศใช้, en: Adopted}, points: 1}
    reference: test
  - id: Z.2.2
    label: {th: ช่องทาง, en: Channels}
    weight: 3
    question:
      type: multi_select
      options:
      - {value: web, label: {th: เว็บ, en: Web}}
      - {value: line, label: {th: ไลน์, en: LINE}}
      - {value: app, label: {th: แอป, en: App}}
      full_at: 2
    reference: test
- id: Z.1
  label: {th: ย่อยหนึ่ง, en: Sub one}
  weight: 2
  aggregation: geometric
  children:
  - id: Z.1.1
    label: {th: มีเว็บไซต์, en: Website}
    question: {type: yes_no}
    reference: test
  - id: Z.1.2
    label: {th: ผู้นำ, en: Leadership}
    question: {type: likert, points: 5}
    reference: test
"""
ALPHA = """\
id: A
label: {th: เสาเอ, en: Pillar A}
children:
- id: A.9
  label: {th: ประชุม, en: Meetings}
  normalisation: {method: goalposts, low: 0, high: 4}
  question: {type: number, minimum: 0, asked_of: [A01]}
  reference: test
- id: A.8
  label: {th: ร้อยละอบรม, en: Trained}
  normalisation: {method: goalposts, low: 0, high: 60}
  question: {type: percent}
  reference: test
- id: A.7
  label: {th: สัดส่วนไอซีที, en: ICT share}
  direction: negative
  normalisation: {method: goalposts, low: 0.01, high: 0.1, transform: log}
  question: {type: ratio, numerator: ict_staff, denominator: staff}
  reference: test
"""


@pytest.fixture
def tiny(tmp_path) -> Path:
    """A framework of two pillars, two sub-pillars and seven indicators, one for each question type; ids out of order."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name, text in (("framework", TINY), ("zeta", ZETA), ("alpha", ALPHA)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


SMALL_RUN = """\
name: small
title: {{th: รายงานทดสอบ, en: Test report}}
framework: {framework}
{workshops}survey: {survey}
uncertainty: {{spec: params/uncertainty/notebook.yaml, draws: 500, seed: 1}}
factors: {{seed: 1, repetitions: 20}}
clusters: {{seed: 1, counts: [2, 3]}}
notebooks: [{notebooks}]
date: "2559-06-30"
"""
ALL_NOTEBOOKS = (
    "00_summary",
    "05_quality",
    "10_scores",
    "15_structure",
    "20_factor_analysis",
    "30_province_clusters",
    "40_sensitivity",
    "50_workshop",
    "60_method",
)


def write_run(folder: Path, *, framework: str, survey: Path, notebooks: tuple[str, ...], workshops: str = "") -> Path:
    """A run file in *folder*."""
    path = folder / "small.yaml"
    listed = f"workshops: [{workshops}]\n" if workshops else ""
    names = ", ".join(f'"{name}"' for name in notebooks)
    path.write_text(SMALL_RUN.format(framework=framework, survey=survey, workshops=listed, notebooks=names), encoding="utf-8")
    return path


PERSONAL = {
    "coordinator_name": ("กานดา นกขมิ้นทดสอบ", "Kanda Nokkhamin-Canary"),
    "coordinator_phone": ("081-900-4417", "0819004417", "1100700123459", "1-1007-00123-45-9"),
    "coordinator_email": ("kanda.n@canary.example",),
}
"""Nobody's name, numbers (a telephone's and thirteen digits) and address, by the personal column that they are planted in."""


def plant_personal(survey: Path) -> None:
    """Give every row of a survey something personal in every personal column."""
    import pandas as pd

    table = pd.read_csv(survey, dtype=str, keep_default_na=False)
    for column, texts in PERSONAL.items():
        table[column] = [texts[place % len(texts)] for place in range(len(table))]
    table.to_csv(survey, index=False, encoding="utf-8-sig")


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Path:
    """A published report of twelve provinces with every notebook, in both languages."""
    from workbench import Framework, runs
    from workbench.sample import make_sample, write_sample

    folder = tmp_path_factory.mktemp("small")
    framework = Framework.load(ROOT / "params/framework/2559")
    survey = folder / "answers.csv"
    write_sample(make_sample(framework, units=12, agencies=19, seed=3), survey, framework, seed=3)
    plant_personal(survey)
    path = write_run(
        folder,
        framework="params/framework/2559",
        workshops="params/workshops/2559-05-23.yaml",
        survey=survey,
        notebooks=ALL_NOTEBOOKS,
    )
    return runs.run(runs.load_run(path), out=folder / "reports").parent
