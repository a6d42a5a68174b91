// No session: take the token out of the link, or say how to get a new link.
import { html, useEffect, useState } from "../lib.js";
import { post, session } from "../api.js";
import { go, route } from "../router.js";

/** Spends the link's token, if the address carries one. @returns {Promise<string|null>} what went wrong */
export async function signInByLink() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return null;
  history.replaceState(null, "", location.pathname + location.search); // the token is used up: keep it out of the history
  try {
    session.value = await post("/api/v1/session", { token });
    return null;
  } catch (error) {
    session.value ??= null;
    return /** @type {Error} */ (error).message;
  }
}

export function LoginPage(/** @type {{fault: string|null}} */ { fault }) {
  const [link, setLink] = useState("");
  const [error, setError] = useState(fault);
  useEffect(() => {
    setError(fault);
  }, [fault]);
  const use = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const token = /([0-9a-f]{16,})\s*$/i.exec(link)?.[1];
    if (!token) {
      setError("That is no link of Stratdock: it ends in #token= and a long number.");
      return;
    }
    try {
      session.value = await post("/api/v1/session", { token });
      if (route.value.path === "/login") go("/", { replace: true });
    } catch (caught) {
      setError(/** @type {Error} */ (caught).message);
    }
  };
  return html`<main id="main" tabindex="-1"><div class="panel narrow"><header><h1>Sign in to Stratdock</h1></header><div class="body form">
    ${error ? html`<div class="notice danger" role="alert"><b>${error}</b><span>A link works once, for ten minutes.</span></div>` : ""}
    <p>The dashboard opens by a link that only the owner of this machine can make. Whoever has no link cannot trade here, other users of the machine included.</p>
    <ol class="steps"><li>In a terminal on the machine that runs Stratdock: <code>stratdock token --link</code></li>
      <li>Open the link it prints in this browser. It starts with <code>${location.origin}/login#token=</code></li>
      <li>From another machine, first open the way to it: <code>ssh -L ${location.port || "5001"}:127.0.0.1:${location.port || "5001"} USER@MACHINE</code></li></ol>
    <form onSubmit=${use} class="form"><label class="field"><span>Or paste the link here</span>
      <input name="link" autocomplete="off" value=${link} onInput=${(/** @type {any} */ event) => setLink(event.target.value)} /></label>
      <span><button class="primary" type="submit">Sign in</button></span></form>
    <p class="muted">Bots go on trading without anybody signed in. Their state in the terminal: <code>stratdock status</code></p></div>
      </div></main>`;
}
