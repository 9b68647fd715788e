import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { html } = await bundled("dom.ts");
const { markdown } = await bundled("markdown.ts");
const { listed } = await bundled("severity.ts");
const { fares, verdictOf } = await bundled("views/verdict.ts");
const { asked } = await bundled("inputs.ts");
const { KEYS, onKey } = await bundled("keys.ts");
const { MAX_LISTED, findingsView } = await bundled("views/findings.ts");

test("pages of rules are read as they are written", () => {
  const check = (text, expected) => assert.equal(html(markdown(text)), expected);
  check("## Why\n\nOne\nline `a<b` here.\n", "<h3>Why</h3><p>One line <code>a&lt;b</code> here.</p>");
  check("- a\n  more\n- *b*\n", "<ul><li>a more</li><li><em>b</em></li></ul>");
  check("1. a\n2. **b**\n", "<ol><li>a</li><li><strong>b</strong></li></ol>");
  check("```yaml\na: <b>\n\n- c\n```\nend", '<pre class="code yaml" tabindex="0"><code>a: &lt;b&gt;\n\n- c</code></pre><p>end</p>');
  check("[words](https://example.com)", "<p>words (https://example.com)</p>");
  check("```\nnever closed", '<pre class="code" tabindex="0"><code>never closed</code></pre>');
  check("2 * 3 * 4", "<p>2 * 3 * 4</p>");
});

test("findings are listed by gravity, then by place", () => {
  const of = (...severities) => severities.map((severity) => ({ severity }));
  assert.deepEqual(listed(of("info", "error", "warning", "error", "info")), [1, 3, 2, 0, 4]);
  assert.deepEqual(listed([]), []);
});

test("images are lines with something on them", () => {
  assert.deepEqual(asked(" a \n\n# no\nb"), ["a", "b"]);
  assert.deepEqual(asked(""), []);
});

const STEP = { reference: "m.example/a:1", host: "m.example", endpoint: "mirror", insecure: false, reason: "", down: false, origins: [] };
const SOURCE = { ...STEP, reference: "s.example/a:1", host: "s.example", endpoint: "source" };

function candidate(attempts, more = {}) {
  const open = attempts.filter((step) => step.refused === undefined && !step.down);
  const outcome =
    open[0] === undefined
      ? { kind: "fails", reason: "every endpoint is refused" }
      : { kind: "contacts", first: open[0].reference, n_endpoints: open.length };
  return { reference: "s.example/a:1", by_digest: false, attempts, skipped: [], outcome, ...more };
}

test("a verdict says who is contacted, and whether that is past the mirrors", () => {
  const check = (it, tone, words) => {
    const verdict = verdictOf(it);
    assert.deepEqual([verdict.tone, html(verdict.words).replace(/<[^>]+>/g, "")], [tone, words]);
  };
  check(candidate([STEP, SOURCE]), "good", "Goes to m.example first, then to 1 other.");
  check(candidate([STEP]), "good", "Goes to m.example, and to nobody else.");
  check(candidate([{ ...STEP, down: true }, SOURCE]), "aside", "Goes past its mirrors to the source s.example, and to nobody else.");
  check(candidate([SOURCE], { skipped: [{}] }), "aside", "Goes past its mirrors to the source s.example, and to nobody else.");
  check(candidate([SOURCE]), "plain", "Goes to the source s.example, and to nobody else.");
  check(candidate([{ ...SOURCE, endpoint: "as-written" }]), "plain", "Goes to s.example, as written: no entry matches it.");
  check(candidate([{ ...STEP, refused: "blocked" }]), "bad", "Fails: every endpoint is refused.");
});

test("pulls fare alike where the same is asked in the same order, whatever the reasons", () => {
  const trace = (...candidates) => ({ image: "a", candidates, text: "" });
  const plain = fares(trace(candidate([STEP, SOURCE])));
  assert.equal(fares(trace(candidate([{ ...STEP, reason: "other" }, SOURCE]))), plain);
  assert.notEqual(fares(trace(candidate([SOURCE, STEP]))), plain);
  assert.notEqual(fares(trace(candidate([{ ...STEP, insecure: true }, SOURCE]))), plain);
  assert.notEqual(fares(trace(candidate([STEP, { ...SOURCE, refused: "blocked" }]))), plain);
});

function stateWith(n_findings, finding) {
  const place = { file: "current/a.yaml", from: 0, to: 1, line: 1, column: 1 };
  const findings = Array.from({ length: n_findings }, (_, idx) => ({
    rule: "r", code: "PP001", severity: "warning", message: `finding ${idx}.`, place, related: [],
  }));
  const snapshot = { revision: 1, findings, counts: { error: 0, warning: n_findings, info: 0 }, readable: true, objects: [] };
  return { files: [], snapshot, finding, engine: { kind: "ready" }, sizes: { findings: 20 }, sheet: false };
}

test("as many findings are listed as can be laid out, among them the one that is looked at", () => {
  const text = (n_findings, finding) => html(findingsView(stateWith(n_findings, finding), {}));
  const count = (it) => it.split('class="finding-message"').length - 1;
  assert.equal(count(text(MAX_LISTED, -1)), MAX_LISTED);
  assert.ok(!text(MAX_LISTED, -1).includes("finding-rest"));
  const more = text(MAX_LISTED + 1, -1);
  assert.equal(count(more), MAX_LISTED);
  assert.ok(more.includes("1 more after these"));
  const last = text(MAX_LISTED + 1, MAX_LISTED);
  assert.ok(last.includes(`${MAX_LISTED} before these`) && last.includes(`finding ${MAX_LISTED}.`));
});

test("nothing is called good where nothing was looked at", () => {
  const state = stateWith(0, -1);
  const text = () => html(findingsView(state, {}));
  assert.ok(text().includes("nothing to look at"));
  state.snapshot.objects = [{ kind: "ImageDigestMirrorSet", name: "a", about: "pulls" }];
  assert.ok(text().includes("no rule finds fault with the object here"));
  state.snapshot.objects.push({ kind: "ConfigMap", name: "b", about: "beside" });
  assert.ok(text().includes("no rule finds fault with the 2 objects here"));
  assert.ok(!text().includes("left aside"));
  state.snapshot.objects.push({ kind: "Namespace", name: "c", about: "other" });
  assert.ok(text().includes("no rule finds fault with the 2 objects here"));
  assert.ok(text().includes("1 object of other kinds left aside"));
});

test("keys do what the table says, and others are left to the browser", () => {
  const state = { ...stateWith(3, 1), dialog: null };
  const check = (event, expected) => {
    const done = [];
    let isPrevented = false;
    const actions = {
      set: (change) => done.push(change),
      show: () => done.push("show"),
      previewFix: (finding) => done.push(["fix", finding]),
    };
    const targets = { focusEditor: () => done.push("editor"), focusImages: () => done.push("images"), fixAtCursor: () => false };
    const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, key: "", code: "", composedPath: () => [] };
    onKey({ ...none, ...event, preventDefault: () => (isPrevented = true) }, state, actions, targets);
    assert.deepEqual(done, expected, JSON.stringify(event));
    assert.equal(isPrevented, expected.length > 0);
  };
  check({ key: "F8" }, [{ finding: 2 }, "show"]);
  check({ key: "F8", shiftKey: true }, [{ finding: 0 }, "show"]);
  check({ ctrlKey: true, key: "." }, [["fix", 1]]);
  check({ metaKey: true, key: "s" }, [{ dialog: { kind: "share" } }]);
  check({ ctrlKey: true, shiftKey: true, key: "E" }, [{ dialog: { kind: "examples" } }]);
  check({ ctrlKey: true, key: "Enter" }, [{ view: "trace", part: "view" }, "images"]);
  check({ altKey: true, code: "Digit3" }, [{ view: "graph", part: "view" }]);
  check({ altKey: true, code: "Digit0" }, ["editor"]);
  check({ altKey: true, code: "Digit7" }, []);
  check({ altKey: true, code: "KeyF" }, [["fix", null]]);
  check({ ctrlKey: true, key: "c" }, []);
  check({ key: "a" }, []);
  assert.ok(KEYS.every(({ keys, does }) => keys.length > 0 && does !== ""));
});
