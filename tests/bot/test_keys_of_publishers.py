"""One key for all the forms in which publishers, proceedings, video and mirror sites show one work."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from bot.item_keys import address_of, item_key

VIDEO = "url:https://youtube.com/watch?v=dQw4w9WgXcQ"
POST = "url:https://x.com/i/status/17"
MEDIUM = "url:https://medium.com/p/0a1b2c3d4e5f"
FORUM_POST = "url:https://lesswrong.com/posts/AbCdEfGhIjKlMnOpQ"
PAGE = "url:https://example.org/2026/a-post?b=1"
PREPRINT = "doi:10.1101/2026.08.12.700001"
ACL = "acl:2026.acl-long.1"
NIPS = "neurips:2023/0123456789abcdef0123456789abcdef"
HASH = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("key", "address"),
    [
        *(
            (VIDEO, address)
            for address in (
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                "https://www.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ&t=42s",
                "https://m.youtube.com/watch?v=dQw4w9WgXcQ&feature=youtu.be",
                "https://youtu.be/dQw4w9WgXcQ?si=abc",
                "https://www.youtube.com/shorts/dQw4w9WgXcQ",
                "https://www.youtube.com/live/dQw4w9WgXcQ?feature=share",
                "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
                "https://www.youtube.com/v/dQw4w9WgXcQ",
            )
        ),
        ("url:https://name.substack.com/p/a-post", "https://open.substack.com/pub/name/p/a-post?r=1&utm_medium=ios"),
        ("url:https://name.substack.com/p/a-post", "https://name.substack.com/p/a-post?r=1"),
        *(
            (PREPRINT, address)
            for address in (
                "https://www.biorxiv.org/content/10.1101/2026.08.12.700001v1?rss=1",
                "https://www.biorxiv.org/content/10.1101/2026.08.12.700001v2.full.pdf+html",
                "https://www.biorxiv.org/content/10.1101/2026.08.12.700001.full",
                "https://www.biorxiv.org/content/biorxiv/early/2026/08/13/2026.08.12.700001.full.pdf",
                "http://biorxiv.org/cgi/content/short/2026.08.12.700001v1?rss=1",
                "https://doi.org/10.1101/2026.08.12.700001",
                "https://doi.org/10.1101/2026.08.12.700001v3",
                "doi:10.1101/2026.08.12.700001",
            )
        ),
        ("doi:10.64898/2026.08.12.26300001", "https://www.medrxiv.org/content/10.64898/2026.08.12.26300001v1.full-text"),
        ("doi:10.1101/123456", "https://www.biorxiv.org/content/10.1101/123456v4"),
        ("doi:10.1007/s11263-026-01234-5", "https://link.springer.com/article/10.1007/s11263-026-01234-5"),
        ("doi:10.1007/s11263-026-01234-5", "https://link.springer.com/content/pdf/10.1007/s11263-026-01234-5.pdf"),
        ("doi:10.1007/s11263-026-01234-5", "https://link.springer.com/article/10.1007/s11263-026-01234-5/figures/2"),
        ("doi:10.1007/978-3-031-12345-6_7", "https://link.springer.com/chapter/10.1007/978-3-031-12345-6_7"),
        ("doi:10.1007/s11263-026-01234-5", "https://link.springer.com/10.1007/s11263-026-01234-5"),
        ("doi:10.1186/s13059-026-01234-5", "https://genomebiology.biomedcentral.com/articles/10.1186/s13059-026-01234-5"),
        ("doi:10.3389/fnins.2026.12345", "https://www.frontiersin.org/articles/10.3389/fnins.2026.12345/full"),
        ("url:https://papers.nips.cc/paper/7181-attention-is-all-you-need", "https://papers.neurips.cc/paper/7181-attention-is-all-you-need.pdf"),
        ("acl:2026.acl-long.1", "https://aclanthology.org/anthology-files/pdf/acl/2026.acl-long.1.pdf"),
        ("arxiv:2608.01234", "https://r.jina.ai/https://arxiv.org/abs/2608.01234"),
        ("openreview:AbC", "https://reader.example/https:/openreview.net/forum?id=AbC"),
        ("doi:10.1038/s41586-026-01234-x", "https://www.nature.com/articles/s41586-026-01234-x"),
        ("doi:10.1038/s41586-026-01234-x", "https://www.nature.com/articles/s41586-026-01234-x.pdf"),
        ("doi:10.1038/s41586-026-01234-x", "https://doi.org/10.1038/s41586-026-01234-x"),
        ("doi:10.1038/d41586-026-00001-2", "https://www.nature.com/articles/d41586-026-00001-2"),
        ("doi:10.1057/s41599-026-01234-5", "https://www.nature.com/articles/s41599-026-01234-5"),
        ("doi:10.1038/nature14539", "https://www.nature.com/articles/nature14539"),
        *(
            (ACL, address)
            for address in (
                "https://aclanthology.org/2026.acl-long.1/",
                "https://aclanthology.org/2026.acl-long.1.pdf",
                "https://www.aclweb.org/anthology/2026.acl-long.1",
                "https://doi.org/10.18653/v1/2026.acl-long.1",
                "10.18653/v1/2026.ACL-long.1",
            )
        ),
        ("acl:P19-1001", "https://www.aclweb.org/anthology/P19-1001.pdf"),
        ("acl:P19-1001", "https://doi.org/10.18653/v1/p19-1001"),
        ("pmlr:v235/smith24a", "https://proceedings.mlr.press/v235/smith24a.html"),
        ("pmlr:v235/smith24a", "https://proceedings.mlr.press/v235/smith24a/smith24a.pdf"),
        ("pmlr:v235/smith24a", "https://raw.githubusercontent.com/mlresearch/v235/main/assets/smith24a/smith24a.pdf"),
        (NIPS, f"https://papers.nips.cc/paper_files/paper/2023/hash/{HASH}-Abstract-Conference.html"),
        (NIPS, f"https://proceedings.neurips.cc/paper_files/paper/2023/file/{HASH}-Paper-Conference.pdf"),
        (NIPS, f"https://proceedings.neurips.cc/paper/2023/hash/{HASH}-Abstract.html"),
        *(
            (POST, address)
            for address in (
                "https://x.com/ana/status/17",
                "https://twitter.com/ana/status/17?s=20",
                "https://fxtwitter.com/ana/status/17",
                "https://vxtwitter.com/ana/status/17/photo/1",
                "http://nitter.example/ana/status/17#m",
                "https://nitter.net/ana/status/17",
                "https://xcancel.com/ana/status/17",
                "https://x.com/i/status/17",
                "https://twitter.com/i/web/status/17?s=20",
                "https://twitter.com/statuses/17",
                "https://x.com/renamed/status/17/video/1",
            )
        ),
        *(
            (MEDIUM, address)
            for address in (
                "https://medium.com/p/0a1b2c3d4e5f",
                "https://medium.com/@who/a-title-0a1b2c3d4e5f?source=rss",
                "https://medium.com/a-lab/a-corrected-title-0a1b2c3d4e5f",
                "https://who.medium.com/a-title-0a1b2c3d4e5f",
                "https://medium.com/m/global-identity-2?redirectUrl=https%3A%2F%2Fmedium.com%2F%40who%2Fa-title-0a1b2c3d4e5f",
            )
        ),
        *(
            (FORUM_POST, address)
            for address in (
                "https://www.lesswrong.com/posts/AbCdEfGhIjKlMnOpQ/a-title",
                "https://www.lesswrong.com/posts/AbCdEfGhIjKlMnOpQ/a-corrected-title?commentId=x",
                "https://www.alignmentforum.org/posts/AbCdEfGhIjKlMnOpQ/a-title",
                "https://www.alignmentforum.org/posts/AbCdEfGhIjKlMnOpQ",
                "https://www.lesswrong.com/s/ZyXwVuTsRqPoNmLkJ/p/AbCdEfGhIjKlMnOpQ",
                "https://www.greaterwrong.com/posts/AbCdEfGhIjKlMnOpQ/a-title",
            )
        ),
        (
            "url:https://forum.effectivealtruism.org/posts/AbCdEfGhIjKlMnOpQ",
            "https://forum.effectivealtruism.org/posts/AbCdEfGhIjKlMnOpQ/a-title",
        ),
        *(
            (PAGE, address)
            for address in (
                "https://www.google.com/url?sa=D&q=https%3A%2F%2Fexample.org%2F2026%2Fa-post%3Fb%3D1&ust=1",
                "https://www.google.de/url?url=https://example.org/2026/a-post%3Fb%3D1&usg=x",
                "https://google.co.uk/url?q=https://example.org/2026/a-post%3Fb%3D1",
                "https://www.youtube.com/redirect?event=video_description&q=https%3A%2F%2Fexample.org%2F2026%2Fa-post%3Fb%3D1",
                "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2F2026%2Fa-post%3Fb%3D1&rut=0",
                "https://href.li/?https://example.org/2026/a-post?b=1",
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2F2026%2Fa-post%3Fb%3D1&data=1",
                "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2F2026%2Fa-post%3Fb%3D1&h=x",
                "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fexample.org%252F2026%252Fa-post%253Fb%253D1",
                "https://www.google.com/amp/s/www.example.org/2026/a-post?b=1",
                "https://www-example-org.cdn.ampproject.org/c/s/www.example.org/2026/a-post/amp?b=1",
                "https://example.org/2026/a-post/amp/?b=1",
                "https://example.org/2026/a-post/?amp=1&b=1",
                "https://web.archive.org/web/2026/https://example.org/2026/a-post/amp/?b=1",
            )
        ),
        ("url:https://blog.example/a-post-on-agents", "https://blog.example/amp/a-post-on-agents"),
        ("url:https://blog.example/a-post-on-agents", "https://blog.example/a-post-on-agents/amp"),
        ("arxiv:2608.01234", "https://www.google.com/url?q=https://arxiv.org/abs/2608.01234v2&sa=D"),
        ("arxiv:2608.01234", "https://href.li/?https://arxiv.org/pdf/2608.01234"),
        ("openreview:AbC", "https://openreview.net/references/pdf?id=AbC"),
        ("openreview:AbC", "https://api2.openreview.net/pdf?id=AbC"),
        ("openreview:AbC", "https://api.openreview.net/pdf?id=AbC"),
        ("url:https://name.substack.com/p/a-post", "https://substack.com/@name/p/a-post?utm_source=x"),
        (PREPRINT, "https://connect.biorxiv.org/relate/content/10.1101/2026.08.12.700001"),
        (PREPRINT, "https://connect.biorxiv.org/relate/content/10.1101%2F2026.08.12.700001v2"),
        ("url:https://blog.example/a-post", "https://blog.example/a-post?source=rss----7f60cf5620c9---4"),
        ("url:https://pod.example/show", "https://pod.example/show?src=rss"),
        ("url:https://blog.example/a", "https://blog.example/a;jsessionid=0A1B?PHPSESSID=77"),
        ("url:https://blog.example/a", "https://blog.example/a?sid=8f3ab0c1d2e4"),
        ("arxiv:2608.01234", "https://login.proxy.example/login?url=https://arxiv.org/abs/2608.01234v2"),
        ("doi:10.1145/1.2", "https://reader.example/open?x=1&url=https%3A%2F%2Fdoi.org%2F10.1145%2F1.2"),
        ("url:https://github.com/acme/tool/releases/tag/v12", "https://github.com/acme/Tool/releases/tag/v12"),
        ("url:https://github.com/acme/tool/releases/tag/v12", "https://github.com/acme/tool/releases/download/v12/a.whl"),
        ("url:https://github.com/acme/tool/commit/abc123", "https://github.com/acme/tool/commit/abc123"),
        ("url:https://github.com/acme/tool/pull/12", "https://github.com/acme/tool/pull/12#issuecomment-1"),
        ("url:https://gitlab.com/a/b/c/-/releases/v1", "https://gitlab.com/a/b/c/-/releases/v1"),
        ("code:github.com/acme/tool", "https://github.com/acme/tool/releases"),
        ("code:github.com/acme/tool", "https://github.com/acme/tool/releases/latest"),
        ("code:github.com/acme/tool", "https://github.com/acme/tool/issues"),
    ],
)  # fmt: skip
def test_forms_of_one_work(key: str, address: str) -> None:
    """Every form leads to the work's one key, and so does the address under which a person finds it."""
    assert key == item_key(address)
    assert key == item_key(address_of(key))


@pytest.mark.parametrize(
    "address",
    [
        "https://www.youtube.com/@a-channel",
        "https://www.youtube.com/playlist?list=PL1",
        "https://www.biorxiv.org/collection/neuroscience",
        "https://link.springer.com/journal/11263",
        "https://www.nature.com/subjects/machine-learning",
        "https://aclanthology.org/volumes/2026.acl-long/",
        "https://proceedings.mlr.press/v235/",
        "https://papers.nips.cc/paper_files/paper/2023",
        "https://x.com/ana",
        "https://slash.example/article.pl?sid=26/08/13/0123",
        "https://news.example/index?sid=1234567890",
        "https://shop.example/go?url=https://shop.example/item/1",
        "https://blog.example/a?source=newsletter",
        "https://www.google.com/search?q=https://example.org/a",
        "https://www.google.com/url?q=not+an+address",
        "https://notgoogle.com/url?q=https://example.org/a",
        "https://duckduckgo.com/?q=https://example.org/a",
        "https://href.li/?a=1",
        "https://docs.example/amp",
        "https://docs.example/torch/amp",
        "https://docs.example/amp/autocast",
        "https://shop.example/a?amp=12",
        "https://connect.biorxiv.org/relate/content/181",
        "https://www.lesswrong.com/tag/ai",
        "https://www.lesswrong.com/users/somebody",
        "https://medium.com/@who/about",
        "https://medium.com/@who/list/reading-20260813",
        "https://substack.com/@name/note/c-123",
        "https://x.com/i/lists/17",
        "https://openreview.net/group?id=ICLR.cc",
    ],
)
def test_no_work(address: str) -> None:
    """What only looks like a work's page stays a page, and what its query names is kept."""
    key = item_key(address)

    assert key
    assert key.startswith("url:")
    assert address.partition("?")[2] == unquote(key.partition("?")[2])
