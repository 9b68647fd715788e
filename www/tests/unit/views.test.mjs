import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";
import { FILE, GRAPH, REFUSED, place, snapshotOf, stateOf } from "./states.mjs";

const { html } = await bundled("dom.ts");
const views = {
  conf: (await bundled("views/conf.ts")).confView,
  graph: (await bundled("views/graph.ts")).graphView,
  changes: (await bundled("views/changes.ts")).changesView,
  rollout: (await bundled("views/rollout.ts")).rolloutView,
  migrate: (await bundled("views/migrate.ts")).migrateView,
  fix: (await bundled("views/fix.ts")).fixView,
};

/** A view as text, and what it asked for. */
function drawn(view, state) {
  return html(views[view](state, {}));
}

test("every view says what it waits for, and that there are no files", () => {
  for (const view of ["conf", "graph", "changes", "rollout", "migrate"]) {
    const files = [FILE];
    assert.match(drawn(view, stateOf({ files, snapshot: null, engine: { kind: "loading" } })), /loading/, view);
    assert.match(drawn(view, stateOf({ files, snapshot: null, engine: { kind: "ready" } })), /reading/, view);
    const restarted = { kind: "restarted", reason: "it took more than a second" };
    assert.match(drawn(view, stateOf({ files, snapshot: null, engine: restarted })), /it took more than a second/, view);
    assert.match(drawn(view, stateOf({ files: [], snapshot: null })), /no files yet/, view);
  }
});

test("text of people is never markup", () => {
  const text = '<img src=x onerror="alert(1)">\n';
  const conf = { after: [{ path: "/etc/containers/registries.conf", text, is_template: false, lines: [] }] };
  const shown = drawn("conf", stateOf({ snapshot: snapshotOf({ conf }) }));
  assert.doesNotMatch(shown, /<img/);
  assert.match(shown, /&lt;img src=x/);
});

test("lines of registries.conf have ids, and those of objects say what they come from", () => {
  const origins = [place("proposed/a.yaml", 9, "ImageDigestMirrorSet/a", "mirror"), place("proposed/a.yaml", 12)];
  const conf = {
    after: [
      { path: "/etc/containers/registries.conf", text: "one\n  two\n", is_template: false, lines: [{ first: 2, last: 2, origins }] },
      { path: "/etc/containers/policy.json", text: "{}\n", is_template: true, lines: [] },
    ],
  };
  const shown = drawn("conf", stateOf({ snapshot: snapshotOf({ conf }) }));
  assert.match(shown, /id="conf-1"/);
  assert.match(shown, /id="conf-2"/);
  assert.equal(shown.match(/id="conf-/g).length, 2, "other files have none");
  assert.match(shown, /title="from mirror of ImageDigestMirrorSet\/a, a.yaml line 9, proposed change, and 1 other place"/);
  assert.match(shown, /the product's own/);
});

test("lines of the object that is looked at are marked, others are not", () => {
  const line = (at, object) => ({ first: at, last: at, origins: [place("proposed/a.yaml", at, object)] });
  const lines = [line(1, "ImageDigestMirrorSet/a"), line(2, "ImageDigestMirrorSet/b")];
  const conf = { after: [{ path: "/etc/containers/registries.conf", text: "one\ntwo\n", is_template: false, lines }] };
  const marked = (change) => drawn("conf", stateOf({ snapshot: snapshotOf({ conf }), ...change })).match(/line-marked/g)?.length ?? 0;
  assert.equal(marked({}), 0);
  assert.equal(marked({ shown: place("proposed/a.yaml", 7, "ImageDigestMirrorSet/b") }), 1);
  assert.equal(marked({ shown: place("current/a.yaml", 7, "ImageDigestMirrorSet/b") }), 0);
  const finding = { place: place("proposed/a.yaml", 2, "ImageDigestMirrorSet/a") };
  assert.equal(marked({ snapshot: snapshotOf({ conf, findings: [finding] }), finding: 0 }), 1);
});

test("a difference is offered only where there is one, and has signs", () => {
  const file = (text) => ({ path: "/etc/containers/registries.conf", text, is_template: false, lines: [] });
  const change = (before, picked = {}) =>
    drawn("conf", stateOf({ picked, snapshot: snapshotOf({ conf: { after: [file("a\nc\n")], before: [file(before)] } }) }));
  assert.match(change("a\nb\n"), /difference to current/);
  assert.match(change("a\nc\n"), /The change leaves these files as they are/);
  assert.doesNotMatch(change("a\nc\n"), /difference to current/);
  const shown = change("a\nb\n", { difference: true });
  assert.match(shown, /<del[^>]*>.*−.*b<\/code><\/del>/);
  assert.match(shown, /<ins[^>]*>.*\+.*c<\/code><\/ins>/);
});

test("what is refused has its reasons", () => {
  for (const [view, answer] of [
    ["conf", { after: REFUSED }],
    ["graph", REFUSED],
    ["changes", { groups: [], refused_after: REFUSED }],
  ]) {
    const shown = drawn(view, stateOf({ snapshot: snapshotOf({ [view]: answer }) }));
    assert.match(shown, /the Machine Config Operator refuses these objects/, view);
    assert.match(shown, /<code>quay.io<\/code> is the payload/, view);
    assert.match(shown, /ImageDigestMirrorSet\/a:3/, view);
  }
});

test("the last good answer stands while a text cannot be read, and says so", () => {
  const good = { snapshot: snapshotOf({ graph: GRAPH }), at: 0 };
  const broken = { ...snapshotOf({ graph: { ...GRAPH, nodes: [], edges: [] } }), readable: false };
  const shown = drawn("graph", stateOf({ snapshot: broken, good }));
  assert.match(shown, /stale/);
  assert.match(shown, /is-stale/);
  assert.match(shown, /data-node="scope a"/);
  assert.match(drawn("graph", stateOf({ snapshot: broken, good: null })), /of less than all/);
});

test("picture and table of the graph have the same facts", () => {
  const picture = drawn("graph", stateOf({ snapshot: snapshotOf({ graph: GRAPH }) }));
  const table = drawn("graph", stateOf({ snapshot: snapshotOf({ graph: GRAPH }), picked: { table: true } }));
  for (const shown of [picture, table]) {
    for (const fact of ["registry.example/a", "mirror.example/a", "blocked", "insecure", "never asked", "pulls by digest", "after all mirrors"]) {
      assert.ok(shown.includes(fact), fact);
    }
  }
  assert.match(picture, /role="img"/);
  assert.equal(picture.match(/tabindex="0"/g).length, 2, "the region, and one node");
  assert.doesNotMatch(picture, /style=/);
});

test("views of a change say that nothing is proposed, and what an empty cluster means", () => {
  const current = [{ ...FILE, group: "current" }];
  for (const view of ["changes", "rollout"]) {
    assert.match(drawn(view, stateOf({ files: current })), /nothing is proposed/, view);
    assert.doesNotMatch(drawn(view, stateOf({ files: [{ ...current[0], removed: true }] })), /nothing is proposed/, view);
  }
  const snapshot = snapshotOf({ changes: { groups: [] } });
  assert.match(drawn("changes", stateOf({ snapshot, files: [FILE] })), /the current cluster is empty/);
  assert.match(drawn("changes", stateOf({ snapshot, files: [FILE, ...current] })), /no pull changes/);
});

test("a pull that changes is told before and after, with what came and went", () => {
  const story = {
    change: "fails", image: "registry.example/a/x", by_tag: true, by_digest: false, forms: "by tag", extent: "",
    before: ["registry.example/a/x"], after: [], let_in_before: true, let_in_after: false,
    entry: { prefix: "registry.example/a", side: "after", place: place("proposed/a.yaml", 4, "ImageDigestMirrorSet/a") },
  };
  const changes = { groups: [{ change: "fails", title: "Pulls that worked and will fail", stories: [story] }] };
  const shown = drawn("changes", stateOf({ snapshot: snapshotOf({ changes }) }));
  for (const words of ["Pulls that worked and will fail", "by tag", "− gone", "nothing is contacted: the pull fails", "policy.json refuses the image", "because of the entry"]) {
    assert.ok(shown.includes(words), words);
  }
});

test("an effect on nodes has a word, its conditions, and the release that is set", () => {
  const release = (first, last, effect) => ({ first, last, effect, sentence: `nodes ${effect}`, reasons: [] });
  const rollout = {
    effect: "drain", sentence: "nodes drain", reasons: ["blocked value has changed"], files: ["/etc/containers/registries.conf"],
    releases: [release("4.6", "4.9", "reboot"), release("4.10", "5.2", "drain")], assumption: "no node disruption policy",
  };
  const shown = drawn("rollout", stateOf({ snapshot: snapshotOf({ rollout }), settings: { openshift: "4.18" } }));
  for (const words of ["blocked value has changed", "what makes nodes drain", "/etc/containers/registries.conf", "no node disruption policy"]) {
    assert.ok(shown.includes(words), words);
  }
  assert.match(shown, /aria-current="true"><th scope="row">4.10 – 5.2<span class="tag">set: 4.18/);
  assert.equal(shown.match(/aria-current/g).length, 1);
});

test("a migration is offered only with its proof", () => {
  const object = { kind: "ImageDigestMirrorSet", name: "a", from: place("current/a.yaml", 2), text: "kind: ImageDigestMirrorSet\nmetadata: {name: a}\n", lines_kept: true, left_out: [{ text: "metadata.uid", place: place("current/a.yaml", 7) }] };
  const step = { from: "before", to: "with both kinds", changed: [], same_file: true, effect: "none" };
  const view = (change) => ({ objects: [object], stream: object.text, files: [{ file: "proposed/a.yaml", text: object.text }], refused: [], todo: [], ...change });
  const shown = (change) => drawn("migrate", stateOf({ snapshot: snapshotOf({ migrate: view(change) }) }));
  const holds = shown({ proof: { holds: true, verdict: "proven: no pull changes", steps: [step], refusals: [] } });
  for (const words of ["proven: no pull changes", "put into the proposed change", "the same, to the byte", "metadata.uid"]) assert.ok(holds.includes(words), words);
  const changed = [{ change: "fails", witness: "registry.example/a:1", was: ["registry.example/a:1"], will: [] }];
  const fails = shown({ proof: { holds: false, verdict: "not proven", steps: [{ ...step, changed, same_file: false }], refusals: [] } });
  for (const words of ["not proven", "1 change", "will be nothing"]) assert.ok(fails.includes(words), words);
  assert.doesNotMatch(fails, /put into the proposed change/);
  assert.match(shown({ refused: [{ message: "not served", place: place("current/a.yaml", 3) }] }), /refused.*not served/);
  const nothing = { objects: [], stream: "", files: [], refused: [], todo: [] };
  assert.match(drawn("migrate", stateOf({ snapshot: snapshotOf({ migrate: nothing }) })), /nothing to migrate/);
  const removed = stateOf({ files: [{ ...FILE, group: "current", removed: true }], snapshot: snapshotOf({ migrate: nothing }) });
  assert.match(drawn("migrate", removed), /nothing is left to migrate/);
});

test("a fix shows what it changes and what it leaves, and offers only what there is", () => {
  const withheld = [{ rule: "x", code: "PP012", message: "it is shadowed", reason: "something as grave would be new" }];
  const applied = [{ rule: "self-mirror", code: "PP007", title: "delete the mirror", message: "mirror `a` is its own source" }];
  const dialog = (fixed) => drawn("fix", stateOf({ files: [FILE], dialog: { kind: "fix", title: "fix", fixed } }));
  const both = dialog({ files: [{ file: "proposed/a.yaml", text: "" }], applied, withheld });
  for (const words of ["fixes 1 finding", "delete the mirror", "<del", "1 fix withheld", "something as grave would be new", "apply to 1 file", "cancel"]) {
    assert.ok(both.includes(words), words);
  }
  const none = dialog({ files: [], applied: [], withheld });
  assert.doesNotMatch(none, /apply to/);
  assert.match(none, /No fix holds/);
});
