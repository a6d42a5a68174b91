// The bot's log, live: from the stream where this tab reads it, else by asking every two seconds.
import { html, useEffect, useRef, useState } from "../lib.js";
import { get } from "../api.js";
import { time } from "../format.js";
import { route, setQuery } from "../router.js";
import { timeZone } from "../settings.js";
import { onEvent } from "../store.js";
import { isReader, wantedLog } from "../stream.js";

const kept = 2000;
const levels = ["debug", "info", "warning", "error"];

/** @param {{bot: import("../types.js").Bot, details: import("../types.js").BotDetails|null}} props */
export function LogsTab({ bot, details }) {
  const level = route.value.query.get("level") ?? "info";
  const [text, setText] = useState("");
  const [rows, setRows] = useState(/** @type {import("../types.js").LogLine[]} */ ([]));
  const [fault, setFault] = useState("");
  const [following, setFollowing] = useState(true);
  const box = useRef(/** @type {HTMLDivElement|null} */ (null));
  const last = useRef(0);
  const take = (/** @type {import("../types.js").LogLine[]} */ lines) => {
    const fresh = lines.filter((line) => line.seq > last.current);
    if (!fresh.length) return;
    last.current = fresh[fresh.length - 1].seq;
    setRows((old) => [...old, ...fresh].slice(-kept));
  };
  useEffect(() => {
    let gone = false;
    last.current = 0;
    setRows([]);
    const path = `/api/v1/bots/${bot.id}/logs`;
    const read = () =>
      get(path, last.current ? { after: last.current, level, lines: kept } : { lines: 500, level }).then(
        (answer) => {
          if (!gone) {
            take(answer.rows);
            setFault("");
          }
        },
        (error) => setFault(error.message),
      );
    read();
    wantedLog.value = bot.id;
    const end = onEvent("log", (line) => {
      if (line.bot_id === bot.id && levels.indexOf(line.level) >= levels.indexOf(level)) take([line]);
    });
    const asking = setInterval(() => {
      if (!isReader.peek() && !document.hidden) read();
    }, 2000);
    return () => {
      gone = true;
      end();
      clearInterval(asking);
      wantedLog.value = null;
    };
  }, [bot.id, level]);
  useEffect(() => {
    if (following && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [rows, following, text]);
  const onScroll = () => {
    const at = box.current;
    if (at) setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < 24);
  };
  const seen = text ? rows.filter((line) => line.text.toLowerCase().includes(text.toLowerCase())) : rows;
  return html`<section class="panel"><header><h2>Log</h2><span class="muted">times in ${timeZone.value === "UTC" ? "UTC" : "local time"}
    </span><span class="gap"></span><input type="search" class="small" aria-label="Filter lines" placeholder="Filter" value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
    <select class="small" aria-label="From level" value=${level} onChange=${(/** @type {any} */ event) => setQuery("level", event.target.value)}>${levels.map((each) => html`<option key=${each} value=${each}>${each === "debug" ? "everything" : `${each} and worse`}</option>`)}</select><button aria-pressed=${following} onClick=${() => setFollowing(!following)}>${following ? "Following" : "Follow"}</button></header>
    ${fault ? html`<div class="notice danger"><span>${fault}</span></div>` : ""}
    <div class="log" ref=${box} onScroll=${onScroll} tabindex="0" role="log" aria-label=${`Log of ${bot.name}`}>${seen.map((line) => html`<div key=${line.seq} class=${line.level}><time>${time(line.ms)}</time> ${line.level === "info" ? "" : line.level.toUpperCase() + " "}${line.text}</div>`)}${!seen.length ? html`<span class="muted">${text ? "No line matches." : "No line yet."}</span>` : ""}</div>
    ${details?.log_file ? html`<div class="legendkey"><span>File: <span class="mono">${details.log_file}</span></span></div>` : ""}
      </section>`;
}
