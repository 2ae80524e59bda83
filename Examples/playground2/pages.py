# SPDX-License-Identifier: Apache-2.0
"""The pages of playground2, as HTML."""

import base64
import hashlib
import html
import json

STYLE = """
:root { color-scheme: light dark; --line: #8c959f; --act: #0b5cad; --on-act: #fff; }
@media (prefers-color-scheme: dark) { :root { --act: #7ab8ff; --on-act: #0b1a2b; } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1.1rem; }
pre { margin: 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .875rem; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
.short { white-space: nowrap; overflow-wrap: normal; }
form { display: inline-block; margin: 1rem .5rem 0 0; }
button { min-height: 44px; padding: 0 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-act); background: var(--act); border: 0; border-radius: 8px; }
"""


def policy(issuer):
    """The Content Security Policy: this style alone, and forms that lead here or to the issuer."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self' {issuer}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def document(title, body):
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – playground2</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def button(action, text):
    return (
        f'<form method="post" action="/playground2/{action}">'
        f'<button id="{action}">{text}</button></form>'
    )


def start(app):
    """The page that begins."""
    return document("Start", f"""<h1>playground2</h1>
<p>This application wants a token of <strong>{html.escape(app.issuer)}</strong>, bound to its
certificate. You sign in there, and your password stays there.</p>
{button("start", "Sign in with Handfast")}""")  # fmt: skip


def failure(reason):
    """An answer that is of no use."""
    return document("No token", f"""<h1>There is no token</h1>
<p role="alert">{html.escape(reason)}</p>
{button("start", "Begin again")}""")  # fmt: skip


def token(visitor, thumbprint):
    """The token, its binding, and what the protected resource says of it."""
    tokens = visitor["tokens"]
    claims = decoded(tokens["access_token"])
    bound = claims.get("cnf", {}).get("x5t#S256", "nothing")
    fits = "the same: bound to this client" if bound == thumbprint else "not the same"
    buttons = button("call", "Call the resource")
    if "refresh_token" in tokens:
        buttons += button("refresh", "Refresh") + button("revoke", "Revoke")
    buttons += button("start", "Begin again")
    # A cut token is of no use to whoever sees a picture of the page.
    shown = {name: shortened(value) for name, value in tokens.items()}
    return document("Token", f"""<h1>The token is here</h1>
{calls(visitor)}{buttons}
<h2>Binding</h2>
<table>
<tr><th scope="row">token's <code>cnf.x5t#S256</code></th><td><code id="bound">{html.escape(bound)}
</code></td></tr>
<tr><th scope="row">certificate's</th><td><code>{html.escape(thumbprint)}</code></td></tr>
<tr><th scope="row">these are</th><td id="fits">{fits}</td></tr>
</table>
<h2>Claims</h2>
<pre id="claims">{html.escape(json.dumps(claims, indent=2))}</pre>
<h2>Answer of the token endpoint</h2>
<pre id="answer">{html.escape(json.dumps(shown, indent=2))}</pre>""")  # fmt: skip


def calls(visitor):
    """The calls of the resource and their answers, once there are any."""
    if "calls" not in visitor:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="short">{status}</td>'
        f"<td><code>{html.escape(json.dumps(answer))}</code></td></tr>\n"
        for name, status, answer in visitor["calls"]
    )
    return f'<h2>Calls of the resource</h2>\n<table id="calls">\n{rows}</table>\n'


def shortened(value):
    return value[:24] + "…" if isinstance(value, str) and len(value) > 60 else value


def decoded(token):
    """The claims of a JWT, not verified: the client shows them, and relies on none."""
    try:
        part = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {"note": "the token is sealed: introspection alone reads it"}
