/** Small states of the page, for tests of views. */

export const FILE = { group: "proposed", name: "a.yaml", text: "kind: ImageDigestMirrorSet\n" };

export function place(file, line, object, role) {
  return { file, from: 0, to: 1, line, column: 1, object, role };
}

export const REFUSED = {
  by: "operator",
  reasons: [{ reason: "`quay.io` is the payload", place: place("proposed/a.yaml", 3, "ImageDigestMirrorSet/a") }],
};

function node(id, kind, title, y, change) {
  return { id, kind, label: title, title, x: kind === "scope" ? 0 : 500, y, width: 300, height: 36, blocked: false, insecure: false, ...change };
}

function edge(from, to, order, change) {
  return { from, to, form: "all", order, fallback: false, dead: false, path: "M0 0", label_x: 0, label_y: 0, ...change };
}

/** Two scopes; the second has no mirror of its own. */
export const GRAPH = {
  width: 800,
  height: 200,
  nodes: [
    node("scope a", "scope", "registry.example/a", 0, { blocked: true }),
    node("scope b", "scope", "registry.example/b", 100),
    node("at a", "mirror", "mirror.example/a", 0, { insecure: true }),
    node("at m", "mirror", "dead.example/a", 50, { fault: "never asked: it is blocked" }),
    node("at b", "source", "registry.example/b", 100),
  ],
  edges: [
    edge("scope a", "at m", 2, { dead: true }),
    edge("scope a", "at a", 1, { form: "digest" }),
    edge("scope b", "at b", 1, { fallback: true }),
  ],
  n_folded: 0,
};

export function snapshotOf(change) {
  const objects = [{ kind: "ImageDigestMirrorSet", name: "a", place: place("proposed/a.yaml", 1), about: "pulls" }];
  return { revision: 1, findings: [], counts: { error: 0, warning: 0, info: 0 }, readable: true, objects, ...change };
}

export function stateOf(change) {
  return {
    revision: 1, files: [FILE], open: 0, settings: { openshift: "4.18" }, images: "", down: [], view: "conf", snapshot: snapshotOf({}),
    good: null, engine: { kind: "ready" }, dialog: null, finding: -1, said: "", theme: "auto", part: "view", shown: null, renaming: -1,
    verified: null, rest: null, rules: null, examples: null, about: { version: "0.1.0", releases: ["4.18"], n_rules: 1 }, picked: {}, example: null,
    ...change,
  };
}
