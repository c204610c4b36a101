"""What YAML would swallow is refused with file, line and the fix."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.strictyaml import read_yaml


def faults_of(tmp_path, text):
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(WorkbenchError) as caught:
        read_yaml(path)
    return caught.value.faults


class TestWhatIsRead:
    def test_plain_values(self, tmp_path):
        """Text stays text; numbers, true, false and null are what they look like."""
        path = tmp_path / "ok.yaml"
        path.write_text('a: ไทย\nb: 3\nc: 0.5\nd: true\ne: null\nf: "no"\ng: [1, x y]\nh: 1e-3\ni: v1.2\n', encoding="utf-8")

        expected = {"a": "ไทย", "b": 3, "c": 0.5, "d": True, "e": None, "f": "no", "g": (1, "x y"), "h": 0.001, "i": "v1.2"}
        assert expected == read_yaml(path).data

    def test_a_byte_order_mark_is_no_content(self, tmp_path):
        """A file saved by Notepad reads as any other."""
        path = tmp_path / "bom.yaml"
        path.write_bytes(b"\xef\xbb\xbfa: 1\n")

        assert {"a": 1} == read_yaml(path).data


class TestWhatIsRefused:
    @pytest.mark.parametrize("word", ["no", "Yes", "on", "OFF", "y", "N", "True"])
    def test_words_that_some_read_as_yes_or_no(self, tmp_path, word):
        """An unquoted yes or no is refused with its line and the way to write it."""
        (fault,) = faults_of(tmp_path, f"a: 1\nb: {word}\n")

        assert 2 == fault.line
        assert f"`{word}` is doubtful" in fault.problem
        assert f'write "{word}" in quotes' in fault.fix

    @pytest.mark.parametrize("value", ["010", "0x1F", "1:30", "2559-05-23", ".inf", ".nan", "1_000", "1,000", "+5", ".5"])
    def test_numbers_that_are_not_what_they_look_like(self, tmp_path, value):
        """Octal, base 60, dates, infinities and grouped digits are refused."""
        (fault,) = faults_of(tmp_path, f"a: {value}\n")

        assert f"`{value}` is doubtful" in fault.problem

    def test_a_repeated_key(self, tmp_path):
        """A key that appears twice is named with both lines."""
        (fault,) = faults_of(tmp_path, "a: 1\nb: 2\na: 3\n")

        assert 3 == fault.line
        assert "key `a` appears twice; first on line 1." == fault.problem

    def test_anchors_that_explode(self, tmp_path):
        """Anchors and aliases are refused before they are followed."""
        laughs = "a: &a [x, x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
        )

        assert all("anchor" in fault.problem or "alias" in fault.problem for fault in faults_of(tmp_path, laughs))

    def test_a_tag(self, tmp_path):
        """A tag that would build an object is refused."""
        (fault,) = faults_of(tmp_path, "a: !!python/object/apply:os.system [ls]\n")

        assert "tag `tag:yaml.org,2002:python/object/apply:os.system`." == fault.problem

    def test_a_tab(self, tmp_path):
        """A tab in the indentation says so."""
        (fault,) = faults_of(tmp_path, "a:\n\tb: 1\n")

        assert 2 == fault.line
        assert "tabs" in fault.fix

    def test_thai_windows_encoding(self, tmp_path):
        """A file in cp874 is refused with the line and how to save it."""
        (fault,) = faults_of(tmp_path, "a: 1\nb: ไทย\n".encode("cp874"))

        assert 2 == fault.line
        assert "not UTF-8" in fault.problem

    def test_a_huge_file(self, tmp_path):
        """Ten megabytes are refused unread."""
        (fault,) = faults_of(tmp_path, b"a: 1\n" + b"#" * 10_000_000)

        assert "10,000,005 bytes" in fault.problem

    def test_deep_nesting(self, tmp_path):
        """A thousand brackets are refused, not followed to the end of the stack."""
        assert any("deep" in fault.problem for fault in faults_of(tmp_path, "a: " + "[" * 1000 + "]" * 1000 + "\n"))

    def test_all_at_once(self, tmp_path):
        """Every surprise of a file is reported in one go, in the order of the lines."""
        found = faults_of(tmp_path, "a: no\nb: 010\nc: 1\nc: 2\nd: !x y\n")

        assert [1, 2, 4, 5] == [fault.line for fault in found]

    def test_no_such_file(self, tmp_path):
        """A missing file and a folder in its place are two different sentences."""
        with pytest.raises(WorkbenchError, match="there is no such file"):
            read_yaml(tmp_path / "absent.yaml")
        with pytest.raises(WorkbenchError, match="this is a folder"):
            read_yaml(tmp_path)
