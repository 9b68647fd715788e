/**
 * What the engine is asked and what it answers: the JSON that `crates/pullproof-web` reads and
 * writes. Offsets count as JavaScript strings do, in UTF-16; lines and columns count from 1.
 */

/** Which of the two states of the cluster a file belongs to. */
export type Group = "current" | "proposed";

/** A text and its place in the cluster. */
export interface InputFile {
  group: Group;
  /** The name within its group, such as `release-idms.yaml`. */
  name: string;
  text: string;
  /** Whether the change deletes what a current file holds. */
  removed?: boolean;
}

/** What a view is worked out for; others are left out of the snapshot. */
export type View = "trace" | "conf" | "graph" | "changes" | "rollout" | "migrate";

export const VIEWS: readonly View[] = ["trace", "conf", "graph", "changes", "rollout", "migrate"];

export interface Settings {
  /** The OpenShift release, such as `4.18`. */
  openshift: string;
  /** The image of the release payload. */
  release_image?: string;
}

export interface Request {
  revision: number;
  files: InputFile[];
  settings: Settings;
  /** Images to resolve, one each, or lines of manifests in which every `image:` counts. */
  images: string[];
  /** Hosts that do not answer, with or without a port. */
  down: string[];
  views: View[];
}

/** The name of a file in places: `current/NAME`, `proposed/NAME`, or `registries.conf`. */
export type FileName = string;

export interface Place {
  file: FileName;
  from: number;
  to: number;
  line: number;
  column: number;
  /** The object it is in, such as `ImageTagMirrorSet/lab`. */
  object?: string;
  /** What the text there does, such as `mirror`. */
  role?: string;
}

export type Severity = "error" | "warning" | "info";

export interface Edit {
  place: Place;
  text: string;
}

export interface Fix {
  title: string;
  safety: "safe" | "unsafe";
  edits: Edit[];
}

export interface Finding {
  /** The rule's words, such as `self-mirror`. */
  rule: string;
  /** The rule's code, such as `PP007`. */
  code: string;
  severity: Severity;
  message: string;
  place: Place;
  object?: string;
  path?: string;
  related: { place: Place; text: string }[];
  help?: string;
  fix?: Fix;
}

/** An object, or a file of another tool that is like one, which has no kind. */
export interface ObjectInfo {
  kind: string;
  name: string;
  place: Place;
  /** What its kind is about: pulls, something that rules hold against them, or nothing they look at. */
  about: "pulls" | "beside" | "other";
}

export interface Refusal {
  reason: string;
  place?: Place;
}

/** Why nodes get nothing, or load nothing, from one state of the cluster. */
export interface Refused {
  by: "operator" | "node";
  reasons: Refusal[];
}

export interface Step {
  reference: string;
  host: string;
  endpoint: "mirror" | "source" | "as-written";
  insecure: boolean;
  reason: string;
  /** Why nothing is sent to it. */
  refused?: string;
  /** Whether the host is said to be down. */
  down: boolean;
  /** Places in objects, most telling first. */
  origins: Place[];
  /** The place in registries.conf. */
  conf?: Place;
}

export interface Candidate {
  reference: string;
  by_digest: boolean;
  /** The entry that governs it; absent when none does. */
  entry?: {
    prefix: string;
    location: string;
    blocked: boolean;
    origins: Place[];
    conf?: Place;
  };
  attempts: Step[];
  skipped: { location: string; reason: string; origins: Place[]; conf?: Place }[];
  error?: string;
  policy?: {
    verdict: "accepted" | "needs-signatures" | "rejected";
    scope?: string;
    reason: string;
    message?: string;
    origins: Place[];
  };
  outcome:
    | { kind: "contacts"; first: string; n_endpoints: number }
    | { kind: "rejected"; first: string; n_endpoints: number; reason: string }
    | { kind: "fails"; reason: string };
}

export interface ImageTrace {
  image: string;
  candidates: Candidate[];
  error?: string;
  /** The whole trace as text, as `pullproof resolve` prints it, for a ticket. */
  text: string;
}

/** Where each image goes before and after the change; `before` only where there is a change. */
export interface TraceView {
  after: ImageTrace[] | Refused;
  before?: ImageTrace[] | Refused;
  /** Images beyond those that are resolved. */
  n_left_out: number;
}

export interface NodeFile {
  path: string;
  text: string;
  /** Whether nodes keep the product's own. */
  is_template: boolean;
  /** Lines in a row that come from the same places of objects, in order, none of them twice. */
  lines: { first: number; last: number; origins: Place[] }[];
}

/** The files that nodes get; `before` only where there is a change. */
export interface ConfView {
  after: NodeFile[] | Refused;
  before?: NodeFile[] | Refused;
}

export interface GraphNode {
  id: string;
  kind: "scope" | "mirror" | "source" | "more";
  label: string;
  /** The rest of a label that is too long, whole for tooltips and tables. */
  title: string;
  x: number;
  y: number;
  width: number;
  height: number;
  blocked: boolean;
  insecure: boolean;
  /** What is wrong with it, in a sentence; such a node is drawn as a dead end. */
  fault?: string;
  place?: Place;
  conf?: Place;
}

export interface GraphEdge {
  from: string;
  to: string;
  /** Which pulls go along. */
  form: "all" | "digest" | "tag";
  /** From 1: the order in which endpoints of a scope are tried. */
  order: number;
  /** The source, tried after all mirrors. */
  fallback: boolean;
  /** Nothing is ever sent along. */
  dead: boolean;
  /** What an SVG path is drawn from. */
  path: string;
  /** Where the label stands. */
  label_x: number;
  label_y: number;
}

export interface GraphView {
  width: number;
  height: number;
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** How many scopes were folded into nodes of kind `more`; 0 when all are shown. */
  n_folded: number;
}

export type ChangeKind =
  | "fails"
  | "contacts-new-host"
  | "starts-elsewhere"
  | "rearranged"
  | "works";

export interface Story {
  change: ChangeKind;
  image: string;
  by_tag: boolean;
  by_digest: boolean;
  /** "by tag and by digest"; empty for short names. */
  forms: string;
  /** Which pulls the image stands for, in words; empty when plain. */
  extent: string;
  before: string[];
  after: string[];
  let_in_before: boolean;
  let_in_after: boolean;
  /** The entry that is responsible. */
  entry?: { prefix: string; side: "before" | "after"; place?: Place };
}

export interface ChangesView {
  /** In order of gravity. */
  groups: { change: ChangeKind; title: string; stories: Story[] }[];
  refused_before?: Refused;
  refused_after?: Refused;
}

export type Effect = "none" | "reload" | "drain" | "reboot" | "failed" | "refused";

export interface RolloutView {
  /** What happens at the release that is set. */
  effect: Effect;
  sentence: string;
  /** The conditions that fired. */
  reasons: string[];
  /** Paths of node files that change. */
  files: string[];
  /** Releases in a row that have one effect, oldest first. */
  releases: { first: string; last: string; effect: Effect; sentence: string; reasons: string[] }[];
  /** What the answer takes for granted. */
  assumption: string;
}

export interface MigrateView {
  objects: {
    kind: string;
    name: string;
    from: Place;
    text: string;
    lines_kept: boolean;
    left_out: { text: string; place: Place }[];
  }[];
  /** All new objects as one stream. */
  stream: string;
  /** The whole files with what is new in the place of what was. */
  files: { file: FileName; text: string }[];
  /** What the API server would refuse, so that there is no proof. */
  refused: Finding[];
  proof?: {
    holds: boolean;
    verdict: string;
    steps: {
      from: string;
      to: string;
      /** Absent where nothing is known. */
      changed?: { change: string; witness: string; was: string[]; will: string[] }[];
      same_file: boolean;
      effect?: Effect;
    }[];
    refusals: { stage: string; reason: string }[];
  };
  /** What to do, one after the other; empty where nothing is proven. */
  todo: { command: string; effect?: Effect; sentence?: string; note: string }[];
}

export interface Snapshot {
  revision: number;
  findings: Finding[];
  counts: Record<Severity, number>;
  /** Whether every text could be read as YAML; where not, pictures may be of less than all. */
  readable: boolean;
  objects: ObjectInfo[];
  trace?: TraceView;
  conf?: ConfView;
  graph?: GraphView | Refused;
  changes?: ChangesView;
  rollout?: RolloutView;
  migrate?: MigrateView;
}

/** Which fixes are asked for: one finding's, by its index in the snapshot, or all safe ones. */
export interface FixRequest {
  request: Request;
  /** `null` for all safe ones. */
  finding: number | null;
}

/** Texts after fixes, each verified by reading everything again. */
export interface Fixed {
  files: { file: FileName; text: string }[];
  applied: { rule: string; code: string; title: string; message: string }[];
  withheld: { rule: string; code: string; message: string; reason: string }[];
}

/** What the engine is. */
export interface About {
  version: string;
  /** Releases, oldest first. */
  releases: string[];
  /** How many rules it lints by. */
  n_rules: number;
}

export function isRefused(value: unknown): value is Refused {
  return typeof value === "object" && value !== null && "by" in value;
}
