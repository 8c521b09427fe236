"""
Item keys: an address becomes the canonical key of the work that it speaks of, and a key the address of its work.

An item key is `scheme:value`:

    arxiv:2511.01234             an arXiv work; versions fold, every mirror and wrapper leads here
    arxiv:hep-th/9901001         the same with an identifier of before April 2007
    doi:10.1145/3689031.3696075  a DOI, lower case
    openreview:AbC123            an OpenReview forum
    acl:2026.acl-long.1          a paper of the ACL Anthology, also by its DOI
    pmlr:v235/smith24a           a paper of the Proceedings of Machine Learning Research
    neurips:2023/<hash>          a paper of the NeurIPS proceedings
    code:github.com/owner/name   a repository, whatever file or branch the address points at; a release, commit, issue or
                                 pull request is a page of its own
    url:https://example.org/a    any other page, canonicalised; posts of X, Medium and LessWrong's forums by their number alone
    entry:lab/3f2b...            what a source said without a page of its own; nobody else can speak of it

Except for that last one, a key never depends on who mentioned the work, so two sources that speak of it meet at the same key.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

from bot.canonical_url import NITTER, SAME_HOST, canonical_url, host_of, site_of
from bot.redirectors import target_of
from bot.text import MAX_URL, safe_url

# arXiv identifiers: YYMM.NNNN from 0704, five digits from 1501; before that archive(.SC)/YYMMNNN
# (info.arxiv.org/help/arxiv_identifier.html). The archives are named, since elsewhere, too, a word and seven digits follow
# each other: /author/Some-Name/1234567 at Semantic Scholar. ASCII, since \d would take any script's digits.
_ARCHIVES: Final = "|".join(
    "acc-phys adap-org alg-geom ao-sci astro-ph atom-ph bayes-an chao-dyn chem-ph cmp-lg comp-gas cond-mat cs dg-ga econ eess funct-an gr-qc "
    "hep-ex hep-lat hep-ph hep-th math math-ph mtrl-th nlin nucl-ex nucl-th patt-sol physics plasm-ph q-alg q-bio q-fin quant-ph solv-int stat "
    "supr-con".split()
)
_NEW_ID: Final = r"(?P<new>(?:0[7-9]|[1-9]\d)(?:0[1-9]|1[0-2])\.\d{4,5})"
_OLD_ID: Final = rf"(?P<old>(?:{_ARCHIVES})(?:\.[a-z]{{2}})?/\d{{7}})"
_IGNORING_CASE: Final = re.IGNORECASE | re.ASCII
_ARXIV_ID: Final = rf"(?:{_NEW_ID}|{_OLD_ID})(?:v\d+)?"
_ARXIV_PATH: Final = re.compile(
    rf"^/+(?:(?:abs|pdf|html|format|ps|src|e-print|list|overview|resources|audio|tb|mobile)/+)?(?:arxiv:)?{_ARXIV_ID}(?!\d)",
    _IGNORING_CASE,
)
_ARXIV_DOI: Final = re.compile(rf"^10\.48550/arxiv\.{_ARXIV_ID}$", _IGNORING_CASE)
_DOI: Final = re.compile(r"10\.\d{4,9}/[^\s?#]+", re.ASCII)
_DOI_PREFIX: Final = re.compile(r"doi:\s*", re.IGNORECASE)
# What publishers' sites put behind a DOI to name a form of the work.
_DOI_FORM: Final = re.compile(r"/(?:full|pdf|epdf|html|abstract|fulltext|meta)/?$", re.IGNORECASE)
# On a wrapper's site the identifier is a whole segment of the path.
_SEGMENT_ID: Final = re.compile(rf"/(?:arxiv[:\-])?{_ARXIV_ID}(?:\.pdf)?(?=/|$)", _IGNORING_CASE)
_PLAIN_ID: Final = re.compile(rf"^\s*(?:arxiv\s*:\s*)?{_ARXIV_ID}\s*$", _IGNORING_CASE)
_BADGE: Final = re.compile(rf"^/badge/arxiv-{_ARXIV_ID}(?!\d)", _IGNORING_CASE)

PAPERS: Final = ("arxiv:", "doi:", "openreview:", "acl:", "pmlr:", "neurips:")
"""How the keys of papers begin."""

WORKS: Final = (*PAPERS, "code:")
"""How the keys begin that name a work wherever it is shown, not just one page."""

# Sites whose address carries an arXiv identifier and shows that very paper.
_WRAPPERS: Final = frozenset(
    "alphaxiv.org api.semanticscholar.org ar5iv.labs.arxiv.org ar5iv.org arxiv-sanity-lite.com arxiv-vanity.com arxivxplorer.com chatpaper.com "
    "emergentmind.com huggingface.co paperreading.club papers.cool papers.takara.ai paperswithcode.com scholar.archive.org scirate.com "
    "semanticscholar.org tldr.takara.ai".split()
)
# On these, other pages than papers have numbers in their names, too.
_PAPERS_BELOW: Final = {"huggingface.co": ("/papers/",), "paperswithcode.com": ("/paper/", "/papers/")}
# Papers with Code closed in 2025. Of its old addresses these carry an identifier: before the words of a title, or asked for.
_TITLED_ID: Final = re.compile(rf"^/+papers?/+{_ARXIV_ID}(?=[-/]|$)", _IGNORING_CASE)
_ASKED_ID: Final = re.compile(rf"\s*(?:arxiv\s*:\s*)?{_ARXIV_ID}\s*", _IGNORING_CASE)
_ASKS_BY: Final = ("arxiv_id", "q")
# web.archive.org/web/20240101000000/https://example.org/a; some letters after the stamp say in which form it is shown.
_ARCHIVED: Final = re.compile(
    r"^https?://(?:www\.)*web\.archive\.org\.?(?::\d+)?/+web/+(?:\d{1,14}(?:[a-z]{2}_)?|\*)/+(?P<address>\S+)$",
    _IGNORING_CASE,
)
_CODE_HOSTS: Final = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"})
# First path segments of those hosts that are not the name of an owner.
_NOT_OWNERS: Final = frozenset(
    "about account blog collections contact customer-stories dashboard enterprise explore features help issues join login marketplace new "
    "notifications orgs organizations pricing pulls search security settings showcases signup site sponsors stars team topics trending users".split()
)
# Pages of a repository that are works of their own: a release, a commit, what is discussed under a number. The download of a
# release's file is the release.
_OWN_PAGE: Final = re.compile(
    r"(?:/-)?/(?:(?P<releases>releases)/(?:tag/)?(?!tag(?:/|$)|latest(?:/|$)|download(?:/|$)|new(?:/|$)|permalink(?:/|$))[^/]+"
    r"|releases/download/[^/]+/[^/]+|(?P<other>commit|issues|pull|pulls|merge_requests|discussions|tags)/[^/]+)/?$",
)
# GitLab's groups nest, so a project's path goes on until one of these.
_IN_A_PROJECT: Final = frozenset("- blob commit commits issues merge_requests raw releases tags tree wikis".split())
# The address of an ordinary page, canonical but for the scheme, one `www.` and one slash at its end.
_ORDINARY: Final = re.compile(
    r"https?://(?:www\.)?(?!www\.)(?P<host>[a-z0-9][a-z0-9\-]*(?:\.[a-z0-9\-]+)+)(?P<path>(?:/(?!\.{1,2}(?:/|$)|(?i:index|default)\.)[A-Za-z0-9._~\-]+)*)/?"
)


def item_key(address: str) -> str | None:
    """
    Give the canonical key of what an address speaks of; None where it is no http(s) address and no arXiv identifier or DOI.

    Idempotent: the key of `address_of(key)` is `key`. Two different arXiv identifiers never share a key.

    >>> item_key("https://arxiv.org/pdf/2511.01234v3.pdf")
    'arxiv:2511.01234'
    >>> item_key("https://huggingface.co/papers/2511.01234")
    'arxiv:2511.01234'
    """
    ordinary = _ordinary_page(address)
    if ordinary:
        return ordinary
    bare = _PLAIN_ID.match(address)
    if bare:
        return _arxiv(bare)
    if _ENTRY.fullmatch(address):
        return address
    if address.strip().lower().startswith(("doi:", "10.")):
        return _doi_key(unquote(_DOI_PREFIX.sub("", address.strip(), count=1)))
    url = safe_url(address)
    if url is None:
        return None
    return _of_address(_held(url))


def may_be_shared(key: str) -> bool:
    """
    Tell whether several works of one source may lead to what a key names: a page that they share, or a repository.

    A paper, a video or a post on X is itself, however many entries lead to it.
    """
    return key.startswith(("url:", "code:")) and not key.startswith(_ITSELF)


_ITSELF: Final = ("url:https://youtube.com/watch?v=", "url:https://x.com/")


def entry_address(source_id: str, external_id: str) -> str:
    """
    Give what stands for an address where a source's entry has no page of its own. It is its own key, and leads nowhere.

    The page of the source would not do: all its entries that have none would be one work.
    """
    return f"entry:{source_id}/{sha256(external_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


_ENTRY: Final = re.compile(r"entry:[^/\s]+/[0-9a-f]{32}")


def _ordinary_page(address: str) -> str | None:
    """The key of a page of which no rule knows more than its address; None for all that wants a closer look (twenty times the work)."""
    found = _ORDINARY.fullmatch(address)
    if found is None or len(address) > MAX_URL or "/doi/" in address:
        return None
    host: str = found["host"]
    known = host in _OF_RULES or host.endswith(_OF_RULES_BELOW) or NITTER.fullmatch(host)
    telling = "/10." in found["path"] or "/amp" in found["path"].lower()
    return None if known or telling else f"url:https://{host}{found['path']}"


def _of_address(url: str) -> str:
    return _by_rule(url) or _of_page(canonical_url(url))


def _held(url: str) -> str:
    """The address that a page of the Wayback Machine shows, or a redirector leads to; the same address if it is no such page."""
    while True:  # it ends, for what is held is shorter
        if (target := target_of(url)) is not None and len(target) < len(url):
            url = target
            continue
        found = _ARCHIVED.match(url)
        if found is None:
            return url
        # A proxy may have folded the two slashes into one.
        named = re.sub(r"^(https?):/+", r"\1://", found["address"], count=1, flags=re.IGNORECASE)
        inner = safe_url(named if "://" in named.partition("?")[0] else f"http://{named}")
        if inner is None or "." not in urlsplit(inner).netloc or len(inner) >= len(url):
            return url
        url = inner


def _by_rule(url: str) -> str | None:
    parts = urlsplit(url)
    host = host_of(parts)
    return next((key for rule in _RULES if (key := rule(host, parts)) is not None), None)


def _of_page(canonical: str) -> str:
    # Once folded, an address may turn out to be one that a rule knows: /owner/name; is /owner/name.
    held = _held(canonical)
    if held != canonical:
        return _of_address(held)
    return _by_rule(canonical) or "url:" + canonical


def address_of(key: str) -> str:
    """
    Give the address under which a key's work is found by a person.

    >>> address_of("arxiv:2511.01234")
    'https://arxiv.org/abs/2511.01234'
    """
    scheme, _, value = key.partition(":")
    if scheme == "neurips":
        value = value.replace("/", "/hash/")
    return _ADDRESS.get(scheme, "{}").format(quote(value, safe="/:;()@!$&'*+,=~") if scheme == "doi" else value)


_ADDRESS: Final = {
    "arxiv": "https://arxiv.org/abs/{}",
    "doi": "https://doi.org/{}",
    "openreview": "https://openreview.net/forum?id={}",
    "acl": "https://aclanthology.org/{}/",
    "pmlr": "https://proceedings.mlr.press/{}.html",
    "neurips": "https://proceedings.neurips.cc/paper_files/paper/{}-Abstract.html",
    "code": "https://{}",
    "url": "{}",
    "entry": "entry:{}",
}


def _arxiv(match: re.Match[str]) -> str:
    if match["new"]:
        return f"arxiv:{match['new']}"
    # The subject class after the dot is no part of the identity: math.GT/0309136 and math/0309136 are one work.
    archive, _, number = match["old"].lower().partition("/")
    return f"arxiv:{archive.split('.')[0]}/{number}"


def _doi_key(text: str) -> str | None:
    found = _DOI.match(text)
    if not found:
        return None
    doi = found.group().rstrip(".,;)/")
    if "/" not in doi:
        return None
    if own := _ARXIV_DOI.match(doi):
        return _arxiv(own)
    if own := _ACL_DOI.fullmatch(doi):
        return _acl(own["id"])
    preprint = _OPENRXIV_DOI.match(doi)
    return f"doi:{(preprint[1] if preprint else doi).lower()}"


# bioRxiv and medRxiv put the version and the form behind the DOI; their prefix was 10.1101 until openRxiv took them over.
_OPENRXIV_DOI: Final = re.compile(
    r"(10\.(?:1101|64898)/(?:\d{4}\.\d\d\.\d\d\.)?\d{6,8})(?:v\d+)?(?=$|[./])", re.IGNORECASE | re.ASCII
)
_OPENRXIV_PATH: Final = re.compile(
    r"^/+(?:relate/+)?(?:content/+(?:(?:(?:bio|med)rxiv/+)?early/+\d{4}/+\d\d/+\d\d/+)?|cgi/+content/+\w+/+|lookup/+doi/+)"
    r"(?P<prefix>10\.\d{4,9}/+)?(?P<number>(?:\d{4}\.\d\d\.\d\d\.)?\d{6,8})(?:v\d+)?(?=$|[./])",
    re.ASCII,
)
_SPRINGER_PATH: Final = re.compile(
    r"^/+(?:(?:articles?|chapter|book|protocol|referenceworkentry|content/+e?pdf)/+)?(?P<doi>10\.\d{4,9}/[^/?#]+)",
    re.ASCII,
)
_SPRINGER: Final = frozenset({"link.springer.com", "rd.springer.com", "frontiersin.org"})
"""Hosts that have a DOI without a further stroke in their paths; so have BioMed Central and SpringerOpen."""
_NATURE_PATH: Final = re.compile(
    r"^/+articles/+(?P<id>[sd]\d{5}-\d{3}-\d{5}-[\dxyz]|nature\d{5})(?=$|[./_])", re.IGNORECASE
)
# Anthology identifiers: P19-1001 until 2019, 2026.acl-long.1 since (aclanthology.org/info/ids).
_ACL_ID: Final = r"(?P<id>[A-Za-z]\d{2}-\d{4}|\d{4}\.[a-z0-9_]+-[a-z0-9_]+\.\d+)"
_ACL_DOI: Final = re.compile(rf"10\.(?:18653|3115)/v1/{_ACL_ID}", re.IGNORECASE | re.ASCII)
_ACL_PATH: Final = re.compile(
    rf"^/+(?:anthology/+|papers/+|anthology-files/+pdf/+\w+/+)?(?:[A-Z]/+[A-Z]\d\d/+)?{_ACL_ID}(?:v\d+)?(?:\.(?:pdf|bib|xml|endf|html))?/*$",
    re.IGNORECASE | re.ASCII,
)
_PMLR_PATH: Final = re.compile(
    r"^/+(?:mlresearch/+)?(?P<volume>[vr]\d{1,4})/+(?:main/+assets/+)?(?P<paper>[a-z][\w\-]*\d\d[a-z]*)(?:/[^/]*)?(?:\.html)?/*$",
    re.IGNORECASE | re.ASCII,
)
_NEURIPS_PATH: Final = re.compile(
    r"^/+paper(?:_files/+paper)?/+(?P<year>\d{4})/+(?:hash|file)/+(?P<hash>[0-9a-f]{32})(?=-)", re.IGNORECASE | re.ASCII
)
_OLD_NIPS_PATH: Final = re.compile(r"^/+paper/+(?P<name>\d{1,5}-[\w\-]+)(?:\.pdf)?/*$", re.ASCII)
_VIDEO: Final = r"[\w\-]{11}"
_VIDEO_PATH: Final = re.compile(rf"^/+(?:shorts|embed|live|v|e)/+(?P<id>{_VIDEO})/*$", re.ASCII)
_SHORT_VIDEO_PATH: Final = re.compile(rf"^/+(?P<id>{_VIDEO})/*$", re.ASCII)
_X_POST: Final = re.compile(r"^/+(?:(?:@?\w{1,20}|i/+web)/+)?status(?:es)?/+(?P<id>\d{1,20})(?=$|[/.])", re.ASCII)
_SUBSTACK_PATH: Final = re.compile(
    r"^/+(?:pub/+|@)(?P<name>[a-z0-9\-]+)/+p/+(?P<post>[\w\-]+)/*$", re.ASCII | re.IGNORECASE
)
_MEDIUM_PATH: Final = re.compile(r"^/+(?:p/+|(?:[^/]+/+)?[^/]+-)(?P<id>[0-9a-f]{10,12})/*$")
"""A post on Medium is told by the number at its end, whatever its title and wherever it is published."""
_FORUMS: Final = {
    "lesswrong.com": "lesswrong.com",
    "alignmentforum.org": "lesswrong.com",
    "greaterwrong.com": "lesswrong.com",
    "forum.effectivealtruism.org": "forum.effectivealtruism.org",
    "ea.greaterwrong.com": "forum.effectivealtruism.org",
}
"""Where the posts of a forum are shown. The Alignment Forum shows posts of LessWrong under the same numbers."""
_FORUM_PATH: Final = re.compile(r"^/+(?:posts|s/+\w+/+p)/+(?P<id>[A-Za-z0-9]{8,24})(?:/+[^/]*)?/*$", re.ASCII)
_PATH_IN_PATH: Final = re.compile(r"^/+(?P<scheme>https?):/+(?P<rest>[^/\s][^\s]*)$", re.IGNORECASE)
_NAMES_A_PAGE: Final = frozenset(
    "url u target dest destination redirect redirect_url redirect_uri to link href".split()
)


def _acl(number: str) -> str:
    """The old identifiers begin with a capital, the new ones have none."""
    return f"acl:{number.upper() if '-' in number[:4] else number.lower()}"


def _from_openrxiv(host: str, parts: SplitResult) -> str | None:
    if host not in {"biorxiv.org", "medrxiv.org", "connect.biorxiv.org", "connect.medrxiv.org"}:
        return None
    found = _OPENRXIV_PATH.match(unquote(parts.path))
    return f"doi:{(found['prefix'] or '10.1101/').rstrip('/')}/{found['number']}" if found else None


def _from_springer(host: str, parts: SplitResult) -> str | None:
    if (host in _SPRINGER or host.endswith((".biomedcentral.com", ".springeropen.com"))) and (
        found := _SPRINGER_PATH.match(unquote(parts.path))
    ):
        return _doi_key(re.sub(r"\.(?:pdf|epub|html)$", "", found["doi"]))
    if host != "nature.com" or not (found := _NATURE_PATH.match(unquote(parts.path))):
        return None
    # The one journal on this site whose DOIs are those of Palgrave, where it began.
    prefix = "10.1057" if found["id"].lower().startswith("s41599-") else "10.1038"
    return f"doi:{prefix}/{found['id'].lower()}"


def _from_proceedings(host: str, parts: SplitResult) -> str | None:
    path = unquote(parts.path)
    if host in {"aclanthology.org", "aclanthology.info", "aclweb.org", "aclanthology.coli.uni-saarland.de"}:
        return _acl(found["id"]) if (found := _ACL_PATH.match(path)) else None
    if host == "proceedings.mlr.press" or (host == "raw.githubusercontent.com" and path.startswith("/mlresearch/")):
        return f"pmlr:{found['volume']}/{found['paper']}".lower() if (found := _PMLR_PATH.match(path)) else None
    if host in {"proceedings.neurips.cc", "papers.nips.cc", "papers.neurips.cc", "proceedings.nips.cc"}:
        if old := _OLD_NIPS_PATH.match(path):
            return f"url:https://papers.nips.cc/paper/{old['name'].lower()}"
        return f"neurips:{found['year']}/{found['hash'].lower()}" if (found := _NEURIPS_PATH.match(path)) else None
    return None


def _from_video(host: str, parts: SplitResult) -> str | None:
    """The three forms of one video, and what else leads to it. The key is the address that its page has always had."""
    if host == "youtu.be":
        found = _SHORT_VIDEO_PATH.match(parts.path)
    elif host == "youtube.com":
        found = _VIDEO_PATH.match(parts.path)
        asked = dict(reversed(parse_qsl(parts.query))).get("v", "")
        if parts.path.rstrip("/") == "/watch" and re.fullmatch(_VIDEO, asked, re.ASCII):
            return f"url:https://youtube.com/watch?v={asked}"
    else:
        return None
    return f"url:https://youtube.com/watch?v={found['id']}" if found else None


def _from_post(host: str, parts: SplitResult) -> str | None:
    """
    A post on X by its number alone, whichever mirror shows it and whoever is named before it; on Substack, also as its app shows it; on
    Medium and on the forums of LessWrong by its number, for titles and slugs are corrected.
    """
    path = unquote(parts.path)
    if host == "x.com":
        return f"url:https://x.com/i/status/{found['id']}" if (found := _X_POST.match(path)) else None
    if host in {"open.substack.com", "substack.com"}:
        found = _SUBSTACK_PATH.match(path)
        return f"url:https://{found['name'].lower()}.substack.com/p/{found['post']}" if found else None
    if site_of(host) == "medium.com":
        return f"url:https://medium.com/p/{found['id']}" if (found := _MEDIUM_PATH.match(path)) else None
    if host in _FORUMS and (found := _FORUM_PATH.match(path)):
        return f"url:https://{_FORUMS[host]}/posts/{found['id']}"
    return None


def _from_detour(_: str, parts: SplitResult) -> str | None:
    """An address within another that leads to a work is what the other is for: a library's login, a reader, a share button."""
    path = unquote(parts.path)
    if found := _PATH_IN_PATH.search(path):
        inner = safe_url(f"{found['scheme']}://{found['rest']}" + (f"?{parts.query}" if parts.query else ""))
        key = _by_rule(inner) if inner else None
        return key if key and key.startswith(WORKS) else None
    if "://" not in unquote(parts.query):
        return None
    for name, value in parse_qsl(parts.query):
        inner = safe_url(value) if name.lower() in _NAMES_A_PAGE else None
        key = _by_rule(inner) if inner else None
        if key and key.startswith(WORKS):
            return key
    return None


def _from_arxiv(host: str, parts: SplitResult) -> str | None:
    if site_of(host) != "arxiv.org" and not host.endswith(".arxiv.org"):
        return None
    found = _ARXIV_PATH.match(unquote(parts.path))
    return _arxiv(found) if found else None


def _from_doi(host: str, parts: SplitResult) -> str | None:
    if host not in {"doi.org", "dx.doi.org"} and "/doi/" not in parts.path:
        return None
    path = unquote(parts.path)
    found = _DOI.search(path if host.endswith("doi.org") else _DOI_FORM.sub("", path))
    return _doi_key(found.group()) if found else None


_OPENREVIEW: Final = frozenset({"openreview.net", "api.openreview.net", "api2.openreview.net"})
_OPENREVIEW_PAGES: Final = frozenset({"/forum", "/pdf", "/attachment", "/revisions", "/references/pdf"})


def _from_openreview(host: str, parts: SplitResult) -> str | None:
    if host not in _OPENREVIEW or parts.path.rstrip("/") not in _OPENREVIEW_PAGES:
        return None
    found = dict(parse_qsl(parts.query)).get("id")
    return f"openreview:{found}" if found and re.fullmatch(r"[\w\-]+", found) else None


def _from_wrapper(host: str, parts: SplitResult) -> str | None:
    if host not in _WRAPPERS:
        return _arxiv(found) if host == "img.shields.io" and (found := _BADGE.match(unquote(parts.path))) else None
    path = unquote(parts.path)
    found = _SEGMENT_ID.search(path) if path.startswith(_PAPERS_BELOW.get(host, "/")) else None
    return _arxiv(found) if found else None


def _from_papers_with_code(host: str, parts: SplitResult) -> str | None:
    if host != "paperswithcode.com":
        return None
    titled = _TITLED_ID.match(unquote(parts.path))
    if titled:
        return _arxiv(titled)
    asked = dict(reversed(parse_qsl(parts.query)))  # of a parameter given twice, the first counts
    found = next((found for name in _ASKS_BY if (found := _ASKED_ID.fullmatch(asked.get(name, "")))), None)
    return _arxiv(found) if found else None


def _from_code(host: str, parts: SplitResult) -> str | None:
    if host not in _CODE_HOSTS:
        return None
    segments = [part for part in unquote(parts.path).lower().split("/") if part]
    if host == "gitlab.com":
        names = list(itertools.takewhile(lambda part: part not in _IN_A_PROJECT, segments))
    else:
        names = segments[:2]
    if len(names) < 2 or names[0] in _NOT_OWNERS:  # noqa: PLR2004 - owner and name
        return None
    if own := _page_in_repository(host, parts, len(names)):
        return own
    repository = "/".join([*names[:-1], re.sub(r"(?:\.git)+$", "", names[-1])])
    return f"code:{host}/{repository}" if re.fullmatch(r"[\w.\-]+(?:/[\w.\-]+)+", repository, re.ASCII) else None


def _page_in_repository(host: str, parts: SplitResult, depth: int) -> str | None:
    """The key of a release, commit, issue or pull request of the repository whose path has `depth` segments; None for all else."""
    segments = [part for part in unquote(parts.path).split("/") if part]
    repository, rest = "/".join(segments[:depth]).lower(), "/" + "/".join(segments[depth:])
    if not _OWN_PAGE.fullmatch(rest):
        return None
    if rest.startswith("/releases/download/"):
        rest = f"/releases/tag/{segments[depth + 2]}"
    return "url:" + canonical_url(f"https://{host}/{repository}{quote(rest, safe='/@:+~!$,=&-._')}")


_RULES: Final[tuple[Callable[[str, SplitResult], str | None], ...]] = (
    _from_arxiv,
    _from_doi,
    _from_openreview,
    _from_wrapper,
    _from_papers_with_code,
    _from_openrxiv,
    _from_springer,
    _from_proceedings,
    _from_video,
    _from_post,
    _from_code,
    _from_detour,
)
_OF_RULES: Final = frozenset(
    {"arxiv.org", "doi.org", "dx.doi.org", "openreview.net", "img.shields.io", "paperswithcode.com", "web.archive.org"}
    | {
        "biorxiv.org",
        "medrxiv.org",
        "link.springer.com",
        "nature.com",
        "aclanthology.org",
        "aclanthology.info",
        "aclweb.org",
    }
    | {"aclanthology.coli.uni-saarland.de", "proceedings.mlr.press", "raw.githubusercontent.com", "open.substack.com"}
    | {"proceedings.neurips.cc", "papers.nips.cc", "papers.neurips.cc", "proceedings.nips.cc"}
    | {"youtube.com", "youtu.be", "x.com", "rd.springer.com", "frontiersin.org"}
    | {"connect.biorxiv.org", "connect.medrxiv.org", "substack.com", "medium.com"}
    | _OPENREVIEW
    | _FORUMS.keys()
    | _WRAPPERS
    | _CODE_HOSTS
    | SAME_HOST.keys()
)
_OF_RULES_BELOW: Final = (".arxiv.org", ".medium.com", ".ampproject.org")
"""The hosts that some rule knows, or that are another's other name. What they say is never taken for an ordinary page."""
