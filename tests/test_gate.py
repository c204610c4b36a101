"""The gate before publication: what it lets through, and that each fault alone stops a report by the page's name."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.plain import LONGEST, plain, visible
from workbench.report.gate import check_page, check_site
from workbench.report.scripts import policy, script

FIGURE = (
    '<figure id="f"><figcaption><h3>Finding</h3></figcaption><svg role="img" aria-labelledby="t d" viewBox="0 0 1 1">'
    '<title id="t">Finding</title><desc id="d">Dots</desc><g aria-hidden="true"><path d="M 0 0"/></g></svg>'
    '<details><summary>Numbers</summary><table><caption>Numbers</caption><tr><th scope="col">x</th></tr></table></details></figure>'
)


def page(body="", head="", text="", given=None):
    rule = policy(text) if given is None else given
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta http-equiv="Content-Security-Policy" content="{rule}">'
        f'<meta charset="utf-8"><title>x</title>{head}</head><body><main id="main"><h1>x</h1>{body}</main>'
        f"{f'<script>{text}</script>' if text else ''}</body></html>"
    )


class TestPages:
    def test_an_honest_page_passes(self):
        """Text that only looks like markup, a figure, a link of the report, our own script, an equation."""
        own = str(script("place", "table", "whatif")["script"])
        body = f'<p>{plain("<script>alert(1)</script>")}</p>{FIGURE}<a href="ranking.html#x">x</a>'
        body += '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mrow><mi>s</mi></mrow></math>'

        assert ([], {"ranking.html"}) == check_page(page(body, text=own))

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ("<iframe></iframe>", "element <iframe>"),
            ("<img>", "element <img>"),
            ("<form></form>", "element <form>"),
            ("<object></object>", "element <object>"),
            ("<style>p{}</style>", "element <style>"),
            ("<svg><foreignObject></foreignObject></svg>", "element <foreignobject>"),
            ('<p onclick="x">a</p>', "attribute onclick"),
            ('<p srcset="x">a</p>', "attribute srcset"),
            ('<a href="javascript:x">a</a>', "address 'javascript:x'"),
            ('<a href="JaVa&#115;cript:x">a</a>', "address 'JaVascript:x'"),
            ('<a href="https://example.org">a</a>', "address 'https"),
            ('<a href="//example.org">a</a>', "address '//"),
            ('<a href="data:text/html,x">a</a>', "address 'data:"),
            ('<svg><use xlink:href="http://a/b#c"/></svg>', "address 'http"),
            ('<p style="background:url(x.png)">a</p>', "style that fetches"),
            ('<svg><path fill="url(http://a/b#c)" d="M0 0"/></svg>', "style that fetches"),
            ('<meta http-equiv="refresh" content="0">', "<meta http-equiv=refresh>"),
            ("<!-- made by me -->", "the sign < where no element of ours begins: '<!-- made by me -->"),
            ("<![CDATA[<p>]]>", "the sign <"),
            ("<?xml version='1.0'?>", "the sign <"),
            ("<p onclick=x>a</p>", "the sign <"),
            ("<p onclick='x'>a</p>", "the sign <"),
            ('<p/onclick="x">a</p>', "the sign <"),
            ('<p class="a"onclick="x">a</p>', "the sign <"),
            ('<p title="a<b">a</p>', "the sign <"),
            ("<p\x00>a</p>", "the sign <"),
            ("</ p>", "the sign <"),
            ("a < b", "the sign <"),
            ('<P ONCLICK="x">a</P>', "attribute onclick"),
            ("<p>/&#104;ome/alice/survey.xlsx</p>", "the path /home/alice"),
            ("<script>alert(1)", "another script run"),
            ("<p>/home/alice/survey.xlsx</p>", "the path /home/alice"),
            ("<p><em>a</p></em>", "closes nothing"),
            ("<div>", "closes nothing"),
            ('<p id="main">a</p>', "the id 'main' twice"),
            ('<p aria-labelledby="nowhere">a</p>', "nothing has the id 'nowhere'"),
            ("<h1>again</h1>", "2 headings of the first level"),
            ("<table><tr><td>1</td></tr></table>", "a table without a caption"),
            ("<table><caption>c</caption><tr><th>1</th></tr></table>", "a table head without scope"),
            (FIGURE.replace('<desc id="d">Dots</desc>', '<desc id="d"></desc>'), "a figure without a text alternative"),
            (FIGURE.replace("<h3>Finding</h3>", "").replace(">Finding</title>", "></title>"), "a figure without a title"),
            (FIGURE[: FIGURE.index("<details>")] + "</figure>", "a figure without a table"),
            (FIGURE.replace(' role="img"', ""), "a figure without a drawing"),
        ],
    )
    def test_one_fault_is_enough(self, body, said):
        """Each is named."""
        problems, _ = check_page(page(body))

        assert any(said in problem for problem in problems), problems

    def test_a_script_that_is_not_ours_is_refused_by_the_policy(self):
        """A policy that knows another script, allows all, or does not come first."""
        for html in (
            page(text="alert(1)", given=policy("other")),
            page(text="x", given="default-src *"),
            page(given="script-src 'unsafe-inline'"),
            page().replace("<head>", "<head><title>first</title>"),
        ):
            assert any("content security policy" in problem for problem in check_page(html)[0])


class TestSites:
    def test_every_faulty_page_is_named(self, tmp_path):
        """With a link that leads nowhere; nothing is repaired."""
        (tmp_path / "good.html").write_text(page('<a href="bad%20one.html">x</a>'), encoding="utf-8")
        (tmp_path / "bad one.html").write_text(page('<a href="gone.html">x</a><iframe></iframe>'), encoding="utf-8")

        with pytest.raises(WorkbenchError) as caught:
            check_site(tmp_path)

        assert "bad one.html: the page holds element <iframe>." in str(caught.value)
        assert "bad one.html: the page holds a link to gone.html, which is not there." in str(caught.value)
        assert "good.html" not in str(caught.value)


class TestText:
    def test_directions_are_shown_not_obeyed(self):
        """Every bidirectional control and every other control character, but tab and line ends."""
        for code in (
            0x202A,
            0x202B,
            0x202C,
            0x202D,
            0x202E,
            0x2066,
            0x2067,
            0x2068,
            0x2069,
            0x200E,
            0x200F,
            0x061C,
            0,
            8,
            27,
            127,
        ):
            assert f"a[U+{code:04X}]b" == visible(f"a{chr(code)}b")
        assert "a\tb\nก" == visible("a\tb\nก")

    def test_endless_text_is_cut_and_says_so(self):
        """A megabyte of letters takes the room of a long comment."""
        shown = visible("ก" * 1_000_000)

        assert shown.endswith(f"… [+{1_000_000 - LONGEST:,}]")
        assert len(shown) < LONGEST + 20
