/**
 * Firefox, driven over its own protocol: lines of JSON with their length before them. Playwright
 * drives a Firefox of its own only, which nobody has.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's, or what `FIREFOX` names. */
export const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";

/** How long Firefox may take to start. */
const START_MS = 60_000;

/** How long a script that waits may take. */
const SCRIPT_MS = 30_000;

const PREFERENCES = {
  "marionette.port": 0,
  "browser.download.folderList": 2,
  "browser.download.alwaysOpenPanel": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "app.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "",
};

/** Starts Firefox with a profile of its own; what it downloads is put into `downloads`. */
export async function startFirefox(downloads) {
  const profile = mkdtempSync(join(tmpdir(), "firefox-"));
  const preferences = { ...PREFERENCES, "browser.download.dir": downloads };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, "user.js"), lines.join(""));
  const args = ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile];
  const program = spawn(FIREFOX, args, { stdio: "ignore" });
  const ended = once(program, "exit");
  const port = await waitFor(() => portIn(profile), START_MS, "Firefox does not start");
  const session = await sessionOn(port);
  return {
    ...session,
    async close() {
      await session.send("Marionette:Quit", { flags: ["eForceQuit"] });
      await ended;
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function portIn(profile) {
  const path = join(profile, "MarionetteActivePort");
  return existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
}

/** What `get` gives once that is anything. */
async function waitFor(get, limit_ms, problem) {
  for (const start = Date.now(); Date.now() - start < limit_ms; ) {
    const got = get();
    if (got) return got;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(problem);
}

async function sessionOn(port) {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const waiting = new Map();
  let bytes = Buffer.alloc(0);
  socket.on("data", (more) => {
    bytes = Buffer.concat([bytes, more]);
    for (;;) {
      const colon = bytes.indexOf(":");
      const end = colon + 1 + Number(bytes.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || bytes.length < end) return;
      const message = JSON.parse(bytes.subarray(colon + 1, end));
      bytes = bytes.subarray(end);
      // What it says first is about itself.
      if (!Array.isArray(message)) continue;
      const [, id, error, result] = message;
      const { resolve, reject } = waiting.get(id);
      if (error === null) resolve(result);
      else reject(new Error(`${error.error}: ${error.message}`));
    }
  });
  let n_sent = 0;
  const send = (command, parameters = {}) =>
    new Promise((resolve, reject) => {
      n_sent += 1;
      waiting.set(n_sent, { resolve, reject });
      const text = JSON.stringify([0, n_sent, command, parameters]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
  await send("WebDriver:NewSession", { capabilities: { alwaysMatch: {} } });
  await send("WebDriver:SetTimeouts", { script: SCRIPT_MS });
  const inContext = async (context, body) => {
    await send("Marionette:SetContext", { value: context });
    try {
      return await body();
    } finally {
      await send("Marionette:SetContext", { value: "content" });
    }
  };
  /** Calls a function in the page; it may give a promise. */
  const run = async (body, ...args) => {
    const script = `const [done, given] = [arguments[arguments.length - 1], [...arguments].slice(0, -1)]; Promise.resolve((${body})(...given)).then(done);`;
    return (await send("WebDriver:ExecuteAsyncScript", { script, args, newSandbox: false })).value;
  };
  return {
    send,
    run,
    open: (url) => send("WebDriver:Navigate", { url }),
    /** Waits until a function in the page gives something. */
    until: (body, ...args) =>
      run(
        `async (...given) => {
          for (;;) {
            const got = (${body})(...given);
            if (got) return got;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }`,
        ...args,
      ),
    /** Presses keys where the focus is. */
    async type(text) {
      const actions = [...text].flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
      await send("WebDriver:PerformActions", { actions: [{ type: "key", id: "keys", actions }] });
    },
    /** What was told of pages, on the console or by the policy, since this was last asked. */
    told: () =>
      inContext("chrome", () =>
        run(() => {
          const errors = Services.console.getMessageArray().filter((it) => it instanceof Ci.nsIScriptError && !/^(chrome|resource):/.test(it.sourceName));
          Services.console.reset();
          return errors.map((it) => `${it.category}: ${it.errorMessage}`);
        }),
      ),
    /** What is in a file of this name once Firefox says that all of it is downloaded. */
    async downloaded(name) {
      const path = await inContext("chrome", () =>
        run(async (name) => {
          const { Downloads } = ChromeUtils.importESModule("resource://gre/modules/Downloads.sys.mjs");
          const list = await Downloads.getList(Downloads.ALL);
          for (;;) {
            const all = await list.getAll();
            const download = all.find((it) => it.succeeded && it.target.path.endsWith(`/${name}`));
            if (download !== undefined) {
              // The next of this name is another one.
              await list.remove(download);
              return download.target.path;
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }, name),
      );
      return readFileSync(path);
    },
    async picture(path) {
      const { value } = await send("WebDriver:TakeScreenshot", { full: false });
      writeFileSync(path, Buffer.from(value, "base64"));
    },
  };
}
