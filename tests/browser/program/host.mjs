// One `stratdock run` in a folder of its own: its configuration, its processes, its end. It leaves no process behind.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Waits until `look` gives something true; fails naming `what`. */
export async function until(what, look, patience_ms = 20000, every_ms = 20) {
  const end = performance.now() + patience_ms;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > end) throw new Error(`waited ${patience_ms} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every_ms));
  }
}

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** State, parent and command line of a living process; null where there is none. */
function processOf(pid) {
  try {
    const [state, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    if (state === "Z") return null;
    return { pid, parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") };
  } catch {
    return null;
  }
}

export class Host {
  /** @param {string} folder @param {number} port @param {string} yaml all but data and dashboard */
  constructor(folder, port, yaml) {
    mkdirSync(folder, { recursive: true });
    Object.assign(this, { folder, port, data: join(folder, "data"), config: join(folder, "host.yaml"), said: "" });
    this.base = `http://127.0.0.1:${port}`;
    this.yaml = `data: ./data\ndashboard: {port: ${port}}\n${yaml}`;
    writeFileSync(this.config, this.yaml);
  }
  /** Resolves with the sign-in link once it runs. */
  async start() {
    const binary = process.env.STRATDOCK_BINARY;
    this.child = spawn(binary, ["run", this.config], { cwd: this.folder, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.said += text));
    process.on("exit", () => this.child.kill("SIGKILL")); // its children die with it
    this.ended = new Promise((resolve) => this.child.on("exit", resolve));
    await until("the program says that it runs", () => {
      if (this.child.exitCode !== null) throw new Error(`it ended with ${this.child.exitCode}:\n${this.said}`);
      return this.said.includes("Ctrl-C stops it");
    });
    this.link = /http:\/\/\S+#token=\w+/.exec(this.said)[0];
    await until("the dashboard answers", () => this.answers());
    return this.link;
  }
  async answers() {
    return fetch(this.base + "/").then(
      (answer) => answer.ok,
      () => false,
    );
  }
  /** The process ids of a role: "engine-role", "dashboard-role" or "stratdock worker". */
  pids(role) {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(processOf)
      .filter(Boolean);
    const below = new Set([this.child.pid]);
    for (let grown = true; grown; ) {
      grown = false;
      for (const each of all) if (below.has(each.parent) && !below.has(each.pid)) grown = Boolean(below.add(each.pid));
    }
    return all.filter((each) => below.has(each.pid) && each.command.includes(role)).map((each) => each.pid);
  }
  /** Kills a role's process at once; resolves when its successor is there. */
  async kill(role) {
    const [pid] = this.pids(role);
    process.kill(pid, "SIGKILL");
    return until(`another ${role}`, () => this.pids(role).find((each) => each !== pid));
  }
  async stop() {
    if (!this.child || this.child.exitCode !== null) return;
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 25000);
    await this.ended;
    clearTimeout(timer);
  }
  hasJournal() {
    return existsSync(join(this.data, "journal.db"));
  }
}
