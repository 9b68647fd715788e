import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { bundled } from "./bundled.mjs";

const { ANSWER_MS, ANSWER_MS_PER_MIB, FIRST_ANSWER_MS, FIX_MS, NEAR_CHARS, NEAR_MS, startEngine } = await bundled("engine.ts");

/** An engine on workers that answer when they are told to, and what was heard of it. */
function started() {
  const workers = [];
  const heard = { snapshots: [], restarts: [], n_ready: 0 };
  const startWorker = () => {
    const worker = {
      asked: [],
      isEnded: false,
      postMessage: (message) => {
        if (message.kind !== "hello") worker.asked.push(message);
      },
      terminate: () => (worker.isEnded = true),
      say: (data) => worker.onmessage?.({ data }),
      answer: (value, took_ms = 1) => worker.say({ kind: "answer", json: JSON.stringify(value), took_ms }),
    };
    workers.push(worker);
    return worker;
  };
  const engine = startEngine(startWorker, {
    onReady: () => (heard.n_ready += 1),
    onSnapshot: (snapshot) => heard.snapshots.push(snapshot.revision),
    onRestart: (reason) => heard.restarts.push(reason),
  });
  return { engine, workers, heard };
}

/** Runs `body` with a clock that stands still. */
function timed(name, body) {
  test(name, async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await body();
    } finally {
      mock.timers.reset();
    }
  });
}

const revisions = (worker) => worker.asked.map(({ json }) => JSON.parse(json).revision);

timed("one question is with the worker, the newest waits, and answers to older ones are dropped", () => {
  const { engine, workers, heard } = started();
  workers[0].say({ kind: "ready" });
  for (const revision of [1, 2, 3]) engine.ask({ revision });
  assert.deepEqual(revisions(workers[0]), [1]);
  workers[0].answer({ revision: 1 });
  assert.deepEqual(revisions(workers[0]), [1, 3]);
  workers[0].answer({ revision: 3 });
  assert.deepEqual(heard, { snapshots: [3], restarts: [], n_ready: 1 });
});

timed("a worker that is silent for too long is ended, and its question is not asked again", () => {
  const { engine, workers, heard } = started();
  workers[0].say({ kind: "ready" });
  engine.ask({ revision: 1 });
  workers[0].answer({ revision: 1 });
  engine.ask({ revision: 2 });
  mock.timers.tick(ANSWER_MS - 1);
  assert.equal(workers.length, 1);
  mock.timers.tick(2);
  assert.equal(workers.length, 2);
  assert.ok(workers[0].isEnded);
  assert.deepEqual(heard.restarts, ["no answer within 1 s"]);
  assert.deepEqual(revisions(workers[1]), []);
  // What an ended worker still says is nobody's business.
  workers[0].answer({ revision: 2 });
  assert.deepEqual(heard.snapshots, [1]);
  engine.ask({ revision: 3 });
  workers[1].answer({ revision: 3 });
  assert.deepEqual(heard.snapshots, [1, 3]);
});

timed("the first answer, fixes and large texts may take longer", async () => {
  const limitOf = (ask, isFirst) => {
    const { engine, workers } = started();
    workers[0].say({ kind: "ready" });
    if (!isFirst) {
      engine.ask({ revision: 0 });
      workers[0].answer({ revision: 0 });
    }
    ask(engine);
    let ms = 0;
    for (; workers.length === 1; ms += 100) mock.timers.tick(100);
    return ms;
  };
  const near = (ms, expected) => assert.ok(expected <= ms && ms <= expected + 200, `${ms} ms, not ${expected} ms`);
  near(limitOf((engine) => engine.ask({ revision: 1 }), true), FIRST_ANSWER_MS);
  near(limitOf((engine) => void engine.fix({ request: {}, finding: null }), false), FIX_MS);
  near(limitOf((engine) => engine.ask({ text: "x".repeat(2 << 20) }), false), ANSWER_MS + 2 * ANSWER_MS_PER_MIB);
});

timed("a crash starts another worker, which gets what was asked meanwhile", async () => {
  const { engine, workers, heard } = started();
  workers[0].say({ kind: "ready" });
  const fixed = engine.fix({ request: { revision: 1 }, finding: 0 });
  engine.ask({ revision: 2 });
  workers[0].say({ kind: "crash", reason: "unreachable" });
  assert.equal(await fixed, null);
  assert.deepEqual(heard.restarts, ["the engine ended: unreachable"]);
  assert.deepEqual(revisions(workers[1]), [2]);
});

timed("an engine that cannot be loaded is not tried again until something is asked", () => {
  const { engine, workers, heard } = started();
  const fail = (worker) => worker.onerror({ preventDefault() {}, message: "no such file" });
  fail(workers[0]);
  assert.equal(workers.length, 1);
  assert.deepEqual(heard.restarts, ["the engine ended: no such file"]);
  engine.ask({ revision: 1 });
  assert.equal(workers.length, 2);
  fail(workers[1]);
  assert.equal(workers.length, 2);
});

timed("fixes are answered in order, before the newest question", async () => {
  const { engine, workers } = started();
  workers[0].say({ kind: "ready" });
  engine.ask({ revision: 1 });
  const fixes = [engine.fix({ request: {}, finding: 0 }), engine.fix({ request: {}, finding: 1 })];
  engine.ask({ revision: 2 });
  for (const answer of [{ revision: 1 }, { files: ["a"] }, { error: "no request" }]) workers[0].answer(answer);
  assert.deepEqual(await Promise.all(fixes), [{ files: ["a"] }, null]);
  assert.deepEqual(workers[0].asked.map(({ kind }) => kind), ["snapshot", "fix", "fix", "snapshot"]);
});

/** An engine beside the page is there; `asked` is what it was asked, `takes_ms` how long it takes. */
function startedNear() {
  const it = started();
  const near = { asked: [], takes_ms: 0, isBroken: false, modules: [] };
  it.workers[0].say({ kind: "ready", module: "compiled" });
  it.engine.takeNear((module) => {
    near.modules.push(module);
    return (json) => {
      near.asked.push(JSON.parse(json).revision);
      now_ms += near.takes_ms;
      if (near.isBroken) throw new Error("unreachable");
      return json;
    };
  });
  return { ...it, near };
}

let now_ms = 0;

function clocked(name, body) {
  timed(name, async () => {
    now_ms = 0;
    const clock = mock.method(performance, "now", () => now_ms);
    try {
      await body();
    } finally {
      clock.mock.restore();
    }
  });
}

clocked("what is typed is answered at once, once the worker has shown that answers are quick", () => {
  const { engine, workers, heard, near } = startedNear();
  assert.deepEqual(near.modules, ["compiled"]);
  engine.ask({ revision: 1 }, true);
  assert.deepEqual([revisions(workers[0]), near.asked], [[1], []]);
  workers[0].answer({ revision: 1 }, NEAR_MS);
  engine.ask({ revision: 2 }, true);
  assert.deepEqual(heard.snapshots, [1, 2]);
  engine.ask({ revision: 3 });
  assert.deepEqual([revisions(workers[0]), near.asked], [[1, 3], [2]]);
  // What is typed meanwhile is newer than what the worker was asked and what waits for it.
  engine.ask({ revision: 4 });
  engine.ask({ revision: 5 }, true);
  workers[0].answer({ revision: 3 });
  assert.deepEqual([revisions(workers[0]), near.asked], [[1, 3], [2, 5]]);
});

clocked("answers that take long are the worker's, until they are quick again", () => {
  const { engine, workers, near } = startedNear();
  engine.ask({ revision: 1 });
  workers[0].answer({ revision: 1 }, NEAR_MS + 1);
  engine.ask({ revision: 2 }, true);
  workers[0].answer({ revision: 2 }, NEAR_MS);
  near.takes_ms = NEAR_MS + 1;
  engine.ask({ revision: 3 }, true);
  engine.ask({ revision: 4 }, true);
  assert.deepEqual([revisions(workers[0]), near.asked], [[1, 2, 4], [3]]);
});

clocked("long questions are the worker's", () => {
  const { engine, workers, near } = startedNear();
  engine.ask({ revision: 1 });
  workers[0].answer({ revision: 1 });
  const questionOf = (revision, n_chars) => {
    const n_others = JSON.stringify({ revision, text: "" }).length;
    return { revision, text: "x".repeat(n_chars - n_others) };
  };
  engine.ask(questionOf(2, NEAR_CHARS), true);
  engine.ask(questionOf(3, NEAR_CHARS + 1), true);
  assert.deepEqual([revisions(workers[0]), near.asked], [[1, 3], [2]]);
});

clocked("what ends the engine beside the page is put to the worker, and so is all that follows", () => {
  const { engine, workers, heard, near } = startedNear();
  engine.ask({ revision: 1 });
  workers[0].answer({ revision: 1 });
  near.isBroken = true;
  engine.ask({ revision: 2 }, true);
  workers[0].answer({ revision: 2 });
  engine.ask({ revision: 3 }, true);
  assert.deepEqual([revisions(workers[0]), near.asked, heard.restarts], [[1, 2, 3], [2], []]);
});
