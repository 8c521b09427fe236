"""Foreign text comes out safe and short, whatever goes in."""

from __future__ import annotations

import time
import unicodedata
from urllib.parse import urlsplit

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import ItemKind
from bot.text import (
    _ODD_IN_URL,
    _ORDINARY_URL,
    MAX_URL,
    _text_of_any,
    _text_of_easy,
    clean,
    closed,
    counted,
    cut,
    plain,
    plain_title,
    reading_minutes,
    safe_url,
    visible,
    words,
)
from tests.examples import examples

# Any code point, lone surrogates too, and often those that hide, turn round or break text.
TRICKY = st.sampled_from(
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2066\u2069\ufeff\u00ad\u034f\u061c\u180e\u2060\u3164\ufe0f\ufe0e\U000e0041"
    "\x00\x07\x1b\x7f\x85\u2028\u2029\ud800\ue000👩🏽💻❤️❤é\u0301e क्ष م<>&;@!|\"' \n\t"
)
ANY_TEXT = st.text(st.one_of(TRICKY, st.characters()), max_size=60)
HIDDEN = regex.compile(
    r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2060\ufeff\u034f\u00ad]"
)
QUICK = settings(max_examples=examples(150), deadline=None)


class TestClean:
    @QUICK
    @given(ANY_TEXT)
    def test_nothing_hides(self, text: str) -> None:
        """No control, bidi or zero-width character comes through, nor two spaces in a row."""
        cleaned = clean(text)

        assert HIDDEN.findall(cleaned) == []
        assert " ".join(cleaned.split()) == cleaned

    @QUICK
    @given(ANY_TEXT)
    def test_idempotent(self, text: str) -> None:
        """What is clean stays as it is."""
        cleaned = clean(text)

        assert cleaned == clean(cleaned)

    @QUICK
    @given(ANY_TEXT)
    def test_normal_form(self, text: str) -> None:
        """What looks the same is the same."""
        assert unicodedata.is_normalized("NFC", clean(text))

    @pytest.mark.parametrize(
        ("hostile", "expected"),
        [
            ("@every\u200bone", "@everyone"),
            ("@every\u034fone", "@everyone"),
            ("@every\ufe0fone", "@everyone"),
            ("@every\u200done", "@everyone"),
            ("@every\U000e0061one", "@everyone"),
            ("<!chan\u2060nel>", "<!channel>"),
            ("\u202egnp.exe", "gnp.exe"),
            ("soft\u00adware", "software"),
            ("a\x00b\x1b[31mc", "ab[31mc"),
            ("\ud800broken", "broken"),
            ("\u3164", ""),
            ("e\u200b\u0301", "é"),
            ("one\u2028two\u00a0three\r\nfour", "one two three four"),
        ],
    )
    def test_hostile_text_comes_out_plain(self, hostile: str, expected: str) -> None:
        """What was hidden inside a word is gone, and the word stands as it would be read."""
        assert expected == clean(hostile)

    @pytest.mark.parametrize("text", ["👩‍💻 at work", "👩🏽‍🔬", "❤️‍🔥", "🏳️‍🌈", "1️⃣", "می‌خواهم", "क्‍ष", "😀"])
    def test_joiners_stay_where_they_work(self, text: str) -> None:
        """Emoji sequences and scripts that need the joiners keep them."""
        assert text == clean(text)


class TestPlain:
    @QUICK
    @given(ANY_TEXT)
    def test_any_text_is_taken(self, text: str) -> None:
        """Whatever is said, something clean of bounded length comes out."""
        shown = plain(f"<p>{text}</p>", limit=20)

        assert HIDDEN.findall(shown) == []
        assert len(shown) <= 20

    @pytest.mark.parametrize(
        ("html", "expected"),
        [
            ("<p>Fast &amp; <b>small</b></p><script>x()</script>", "Fast & small"),
            ("a < b and b > c", "a < b and b > c"),
            ("R&D at AT&T", "R&D at AT&T"),
            ("&lt;!channel&gt; look", "<!channel> look"),
            ("@every&#8203;one", "@everyone"),
            ("&#x202E;live", "live"),
            ("one<br>two<p>three</p><ul><li>four</li></ul>", "one two three four"),
            ("<p>so </p><style>p{}</style><noscript>no</noscript><svg><text>x</text></svg>words", "so words"),
            ("<!-- hidden -->seen", "seen"),
            ("<![CDATA[x]]>", ""),
            ("un<b>believ</b>able", "unbelievable"),
            ("", ""),
            ("<p", ""),
            ("<b>\ud800</b>x", "x"),
        ],
    )
    def test_markup(self, html: str, expected: str) -> None:
        """Tags go, words stay, and what only looks like markup is left alone."""
        assert expected == plain(html)

    @pytest.mark.parametrize(
        "html",
        [
            "<div>" * 20_000 + "x",
            "<div>x" * 200_000,
            "<" * 300_000,
            "<b" * 100_000,
            "&amp;" * 100_000,
            "<p>" + "a " * 300_000,
        ],
        ids=["nested", "deeply nested", "angles", "open tags", "entities", "long"],
    )
    def test_time_is_bounded(self, html: str) -> None:
        """Markup made to be slow to read takes no longer than markup of its length."""
        began = time.process_time()
        plain(html, limit=100)

        assert time.process_time() - began < 1

    def test_many_tags_hide_no_script(self) -> None:
        """A script does not show because it stands among very many tags."""
        html = "<i></i>" * 6_000 + "<script>steal()</script><STYLE>p {}</STYLE>words &amp; more"

        assert plain(html) == "words & more"


class TestPlainTitle:
    @pytest.mark.parametrize(
        "title",
        [
            "Why <table> is hard for agents",
            "The <q> tag",
            "<del> and <strong>, <code>",
            "Does <think> help?",
            "What </code> ends",
            "Tokens: <a>, <b>, <CODE>",
            "From <code> to <table>: <q>",
            "<p> or <li>",
            "<table >",
        ],
    )
    def test_lone_tags_are_words(self, title: str) -> None:
        """An element without its partner is spoken of, and stays."""
        assert plain_title(title) == title

    @pytest.mark.parametrize(
        ("title", "shown"),
        [
            ("A <b>bold</b> and <code>f</code> <STRONG>s</strong>", "A bold and f s"),
            ("<b><i>crossed</b></i>, <b>in <b>each</b></b> other", "crossed, in each other"),
            ("<b>The</b> <table> <b>tag</b>", "The <table> tag"),
            ("one <b>two</b> <b> three", "one two <b> three"),
            ('<a href="https://x.example">a link that was cut', "a link that was cut"),
            ("<b onclick=steal()>x <img src=x onerror=steal()>", "x"),
            ("one<br>two<hr/>three<span/>", "one two three"),
            ("<p>One</p><p>Two</p>", "One Two"),
            ("<mml:math>x", "x"),
            ("<!-- a --><!DOCTYPE html><b>x</b>", "x"),
        ],
    )
    def test_markup_goes(self, title: str, shown: str) -> None:
        """What has its partner, or attributes, or never has a partner, is markup."""
        assert plain_title(title) == shown

    @pytest.mark.parametrize("part", ["<b>", "</b>", "<b></b>", "<b><i></b>", "<b ", "<b x=", "<!--", "<script>"])
    def test_time_is_bounded(self, part: str) -> None:
        """A title made to be slow takes less than a second."""
        began = time.process_time()
        plain_title(part * 5_000, 300)

        assert time.process_time() - began < 1


class TestCut:
    @QUICK
    @given(ANY_TEXT, st.integers(0, 40))
    def test_limit_holds(self, text: str, limit: int) -> None:
        """Never is anything longer than asked for, and what fits is left alone."""
        short = cut(text, limit)

        assert len(short) <= limit
        assert short == (text if len(text) <= limit else short)

    @QUICK
    @given(ANY_TEXT, st.integers(0, 40))
    def test_idempotent(self, text: str, limit: int) -> None:
        """What has been cut is not cut again."""
        short = cut(text, limit)

        assert short == cut(short, limit)

    @QUICK
    @given(ANY_TEXT.map(clean), st.integers(2, 40))
    def test_no_grapheme_is_cut(self, text: str, limit: int) -> None:
        """What a reader sees as one character is there or not, never half."""
        short = cut(text, limit)
        whole = regex.findall(r"\X", text)

        kept = text if short == text else short.removesuffix("…")
        assert regex.findall(r"\X", kept) == whole[: len(regex.findall(r"\X", kept))]

    @pytest.mark.parametrize(
        ("text", "limit", "expected"),
        [
            ("the quick brown fox", 12, "the quick…"),
            ("incomprehensibilities", 8, "incompr…"),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 8, "👩‍👩‍👧‍👦…"),
            ("🇩🇪🇫🇷🇮🇹", 4, "🇩🇪…"),
            ("first clause, second", 15, "first clause…"),
            ("abc", 0, ""),
            ("abc", 1, "…"),
            ("abc", 3, "abc"),
        ],
    )
    def test_where_it_cuts(self, text: str, limit: int, expected: str) -> None:
        """It cuts at a word where one ends near, else between two characters as people see them."""
        assert expected == cut(text, limit)


class TestClosed:
    LONG = "easier to read. " * 13

    @pytest.mark.parametrize(
        ("end", "expected"),
        [
            ("For fun, I dec", "For fun, I…"),
            ("For fun, dec", "For fun…"),
            ("over 40 of 1", "over 40 of…"),
            ("it ends here.", "it ends here."),
            ("does it?", "does it?"),
            ("“so it was”", "“so it was”"),
            ("(see below)", "(see below)"),
            ("it goes on…", "it goes on…"),
            ("it goes on...", "it goes on..."),
            ("x" * 60, "x" * 60 + "…"),
            ("模型越大越好" * 10, "模型越大越好" * 10 + "…"),
        ],
    )
    def test_where_it_was_cut(self, end: str, expected: str) -> None:
        """A long text that stops within a sentence is taken back to a whole word and says that it goes on."""
        assert self.LONG + expected == closed(self.LONG + end)

    @pytest.mark.parametrize("text", ["", "For fun, I dec", "word " * 39 + "word"])
    def test_a_short_text(self, text: str) -> None:
        """A text shorter than any excerpt is as its author left it."""
        assert text == closed(text)

    @QUICK
    @given(st.text(alphabet="ab ,.模", max_size=300))
    def test_idempotent(self, text: str) -> None:
        """What is closed stays as it is, and never grows by more than the ellipsis."""
        once = closed(text)

        assert once == closed(once)
        assert len(once) <= len(text) + 1


class TestSafeUrl:
    @pytest.mark.parametrize(
        "hostile",
        [
            None, "", " ", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:x", "java\nscript:alert(1)", "\x01javascript:x",
            "data:text/html,<script>", "vbscript:x", "file:///etc/passwd", "ftp://example.org/", "mailto:a@example.org", "tel:1",
            "//example.org/a", "/a/b", "example.org", "https:", "https://", "https:///a", "http:example.org", "https://user:pw@example.org/",
            "https://example.org@evil.example/", "https://example.org\\@evil.example/", "https://example.org:99999/",
            "https://example.org:x/", "https://[::1/", "https://exa%6dple.org/", "https://exa mple.org/", "https://example.org" + "/a" * 1000,
            "https://ex\u0430mple" + ".org" * 600, "https://xn--\u0430.org/", "https://" + "a" * 70 + "\u0430.org/", "https://\u2100.org/",
        ],
    )  # fmt: skip
    def test_refused(self, hostile: str | None) -> None:
        """What is no plain web address is no link."""
        assert safe_url(hostile) is None

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
            ("HTTP://EXAMPLE.org/A", "HTTP://EXAMPLE.org/A"),
            (" https://example.org/a|b\n", "https://example.org/a%7Cb"),
            ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
            ("https://example.org/a\u202eb", "https://example.org/a%E2%80%AEb"),
            ("https://example.org/a%20b", "https://example.org/a%20b"),
            ("https://[::1]:8080/a", "https://[::1]:8080/a"),
            ("https://my_host.example.org/", "https://my_host.example.org/"),
            ("https://example.org/é", "https://example.org/é"),
            ("https://ex\u0430mple.org/", "https://xn--exmple-4nf.org/"),
            ("https://bücher.example:8080/a", "https://xn--bcher-kva.example:8080/a"),
            ("https://\u0130stanbul.example/\u0130", "https://xn--istanbul-o0e.example/\u0130"),
            ("https://example\u3002org/", "https://example.org/"),
        ],
    )
    def test_carried(self, address: str, expected: str) -> None:
        """A web address is carried, with what could break out of a link encoded and a foreign host in its plain form."""
        assert expected == safe_url(address)

    @QUICK
    @given(st.one_of(ANY_TEXT, ANY_TEXT.map("https://example.org/{}".format), ANY_TEXT.map("https://{}.org".format)))
    def test_always_safe(self, text: str) -> None:
        """Whatever goes in: None, or a short web address with an ASCII host that stays the same when looked at again."""
        url = safe_url(text)

        if url is not None:
            assert url.lower().startswith(("http://", "https://"))
            assert len(url) <= MAX_URL
            assert urlsplit(url).netloc.isascii()
            assert regex.search(r"[\s<>\"|`\\\p{Cc}\p{Cf}]", url) is None
            assert url == safe_url(url)


class TestReadingTime:
    @pytest.mark.parametrize(
        ("kind", "abstract", "full", "expected"),
        [
            (ItemKind.PAPER, "", None, 8),
            (ItemKind.PAPER, "word " * 238 * 3, None, 10),
            (ItemKind.PAPER, "", 20_000, 8),
            (ItemKind.POST, "", None, 4),
            (ItemKind.POST, "", 149, 4),
            (ItemKind.POST, "", 150, 1),
            (ItemKind.POST, "", 2380, 10),
            (ItemKind.POST, "", 1_000_000, 25),
            (ItemKind.NEWSLETTER, "", None, 10),
            (ItemKind.DISCUSSION, "", None, 3),
            (ItemKind.DISCUSSION, "", 476, 3),
            (ItemKind.TALK, "", None, 20),
            (ItemKind.CODE, "", 0, 4),
        ],
    )
    def test_rule(self, kind: ItemKind, abstract: str, full: int | None, expected: int) -> None:
        """A paper is a first pass and its abstract, anything else its words, or what its kind usually takes."""
        assert expected == reading_minutes(kind, abstract=abstract, full_words=full)

    @QUICK
    @given(st.sampled_from(ItemKind), st.text(max_size=200), st.none() | st.integers(0, 10**9))
    def test_bounds(self, kind: ItemKind, abstract: str, full: int | None) -> None:
        """Nothing takes less than a minute or more than twenty-five."""
        assert 1 <= reading_minutes(kind, abstract=abstract, full_words=full) <= 25

    def test_words(self) -> None:
        """A hyphen or an apostrophe joins; punctuation is no word."""
        assert words("State-of-the-art isn't — easy, 2 times.") == 5


PIECES = st.sampled_from(
    '<p> </p> <P> <p/> <br> <br/> </br> <b> </b> <I/> <a_href="x"> </a> <div_class="q"> </div> <li> </li> <ul> </ul> <ol> </ol> <blockquote> '
    '</blockquote> <h2> </h2> <span> </span> <em> </em> <code> </code> <td> <script> <!-- --> < > " & &amp; &lt; &#8217; &nbsp; &copy x one_two _ '
    "\u00e9 \u200b \0 \ud800".replace("_", "\t").split(" ")
).map(lambda piece: piece.replace("\t", " "))


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_easy_html_needs_no_tree(html: str) -> None:
    """Where HTML is read without a tree, the text is the one that the tree gives."""
    easy = _text_of_easy(html)

    if easy is not None:
        assert clean(_text_of_any(html)) == clean(easy)


@settings(max_examples=examples(400), deadline=None)
@given(st.sampled_from(["http://", "https://"]), st.text("abz09.-", min_size=1, max_size=6), ANY_TEXT)
def test_ordinary_addresses_stay(scheme: str, host: str, path: str) -> None:
    """An address that is let through at the first look has a host, and nothing that breaks out of a link."""
    address = f"{scheme}{host}/{path}"

    if _ORDINARY_URL.fullmatch(address):
        assert urlsplit(address).hostname == host
        assert (address, []) == (safe_url(address), _ODD_IN_URL.findall(address))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\n  lines\tand a tab", "two\n  lines\tand a tab"),
        ("a\u202eb \u2066c\u2069 d\u200be\ufefff", "ab c def"),
        ("\u2067שלום\u2069 ok", "שלום ok"),
        ("👩🏽\u200d🔬 नमस्\u200dते نامه\u200cها", "👩🏽\u200d🔬 नमस्\u200dते نامه\u200cها"),
        ("e" + "\u0301" * 3000 + "!", "e" + "\u0301" * 8 + "!"),
        ("tag\U000e0041\U000e0042s", "tags"),
    ],
)
def test_visible(text: str, shown: str) -> None:
    """What hides or reorders is left out; lines, spaces, and the joiners that a script or an emoji needs stay."""
    assert shown == visible(text)
    assert shown == visible(shown)


@pytest.mark.parametrize(("number", "told"), [(0, "0 picks"), (1, "1 pick"), (2, "2 picks"), (1234, "1,234 picks")])
def test_counted(number: int, told: str) -> None:
    """One is singular, and nothing else is."""
    assert told == counted(number, "pick")
    assert told.replace("pick", "entry").replace("entrys", "entries") == counted(number, "entry", "entries")
