import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { bundled } from "./bundled.mjs";

const { ANSWER_MS, ANSWER_MS_PER_MIB, FIRST_ANSWER_MS, FIX_MS, NEAR_CHARS, NEAR_MS, startEngine } = await bundled("engine.ts");

/** What a worker with the whole engine says, and one with half of it. */
const READY = { kind: "ready", module: "compiled", isWhole: true };
const HALF_READY = { kind: "ready", module: "half", isWhole: false };

/** An engine on workers that answer when they are told to, and what was heard of it. */
function started() {
  const workers = [];
  const heard = { snapshots: [], restarts: [], ready: [] };
  const startWorker = (isWhole) => {
    const worker = {
      isWhole,
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
    onReady: (isWhole) => heard.ready.push(isWhole),
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
  workers[0].say(READY);
  for (const revision of [1, 2, 3]) engine.ask({ revision });
  assert.deepEqual(revisions(workers[0]), [1]);
  workers[0].answer({ revision: 1 });
  assert.deepEqual(revisions(workers[0]), [1, 3]);
  workers[0].answer({ revision: 3 });
  assert.deepEqual(heard, { snapshots: [3], restarts: [], ready: [true] });
});

timed("a worker that is silent for too long is ended, and its question is not asked again", () => {
  const { engine, workers, heard } = started();
  workers[0].say(READY);
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
    workers[0].say(READY);
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
  workers[0].say(READY);
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
  workers[0].say(READY);
  engine.ask({ revision: 1 });
  const fixes = [engine.fix({ request: {}, finding: 0 }), engine.fix({ request: {}, finding: 1 })];
  engine.ask({ revision: 2 });
  for (const answer of [{ revision: 1 }, { files: ["a"] }, { error: "no request" }]) workers[0].answer(answer);
  assert.deepEqual(await Promise.all(fixes), [{ files: ["a"] }, null]);
  assert.deepEqual(workers[0].asked.map(({ kind }) => kind), ["snapshot", "fix", "fix", "snapshot"]);
});

/** An engine whose first worker has half of it, and has answered. */
function startedHalf() {
  const it = started();
  it.workers[0].say(HALF_READY);
  it.engine.ask({ revision: 1 });
  it.workers[0].answer({ revision: 1 });
  return it;
}

timed("the whole engine takes the place of half of it, once nobody waits for an answer", () => {
  const { engine, workers, heard } = startedHalf();
  assert.deepEqual(workers.map(({ isWhole }) => isWhole), [false]);
  engine.complete();
  engine.complete();
  assert.deepEqual(workers.map(({ isWhole }) => isWhole), [false, true]);
  engine.ask({ revision: 2 });
  workers[1].say(READY);
  assert.ok(!workers[0].isEnded);
  engine.ask({ revision: 3 });
  workers[0].answer({ revision: 2 });
  assert.ok(workers[0].isEnded);
  assert.deepEqual([revisions(workers[0]), revisions(workers[1])], [[1, 2], [3]]);
  workers[1].say(READY);
  workers[1].answer({ revision: 3 });
  assert.deepEqual(heard, { snapshots: [1, 3], restarts: [], ready: [false, true] });
  engine.complete();
  assert.equal(workers.length, 2);
  // Whatever ends it, it is whole from then on.
  workers[1].say({ kind: "crash", reason: "unreachable" });
  assert.deepEqual(workers.map(({ isWhole }) => isWhole), [false, true, true]);
});

timed("the whole engine takes its place at once where nothing is asked", () => {
  const { engine, workers } = startedHalf();
  engine.complete();
  workers[1].say(READY);
  assert.ok(workers[0].isEnded);
});

timed("what half an engine lacks the whole one is asked again, and nothing was lost", async () => {
  const { engine, workers, heard } = startedHalf();
  const fixed = engine.fix({ request: {}, finding: 0 });
  engine.ask({ revision: 2 });
  workers[0].say({ kind: "lacks" });
  engine.ask({ revision: 3 });
  mock.timers.tick(FIRST_ANSWER_MS - 1);
  workers[1].say(READY);
  assert.ok(workers[0].isEnded);
  workers[1].answer({ files: ["a"] });
  workers[1].answer({ revision: 3 });
  assert.deepEqual(await fixed, { files: ["a"] });
  assert.deepEqual(workers[1].asked.map(({ kind }) => kind), ["fix", "snapshot"]);
  assert.deepEqual([heard.snapshots, heard.restarts], [[1, 3], []]);
});

timed("a question that half an engine lacks finds a whole one that is under way", () => {
  const { engine, workers, heard } = startedHalf();
  engine.complete();
  engine.ask({ revision: 2 });
  workers[0].say({ kind: "lacks" });
  assert.equal(workers.length, 2);
  workers[1].say(READY);
  workers[1].answer({ revision: 2 });
  assert.deepEqual(heard.snapshots, [1, 2]);
  // And one that is ready already.
  const other = startedHalf();
  other.engine.complete();
  other.engine.ask({ revision: 2 });
  other.workers[1].say(READY);
  other.workers[0].say({ kind: "lacks" });
  assert.deepEqual(revisions(other.workers[1]), [2]);
});

timed("where the whole engine cannot be loaded, half of it goes on, and says what it cannot answer", () => {
  const { engine, workers, heard } = startedHalf();
  const fail = (worker) => worker.onerror({ preventDefault() {}, message: "no such file" });
  engine.complete();
  fail(workers[1]);
  assert.ok(workers[1].isEnded);
  assert.deepEqual(heard.restarts, []);
  engine.ask({ revision: 2 });
  workers[0].answer({ revision: 2 });
  engine.ask({ revision: 3 });
  workers[0].say({ kind: "lacks" });
  workers[2].say({ kind: "crash", reason: "out of memory" });
  assert.deepEqual(heard.restarts, ["the engine ended: out of memory"]);
  assert.deepEqual(workers.map(({ isEnded }) => isEnded), [true, true, true, false]);
  engine.ask({ revision: 4 });
  workers[3].answer({ revision: 4 });
  assert.deepEqual(heard.snapshots, [1, 2, 4]);
});

timed("a whole engine that does not come in time is ended, too", () => {
  const { engine, workers, heard } = startedHalf();
  engine.ask({ revision: 2 });
  workers[0].say({ kind: "lacks" });
  mock.timers.tick(FIRST_ANSWER_MS + 1);
  assert.deepEqual(heard.restarts, ["no answer within 15 s"]);
  assert.deepEqual(workers.map(({ isEnded }) => isEnded), [true, true, false]);
});

timed("only a whole engine answers beside the page", () => {
  const { engine, workers } = startedHalf();
  const modules = [];
  engine.takeNear((module) => {
    modules.push(module);
    return (json) => json;
  });
  engine.complete();
  workers[1].say(READY);
  assert.deepEqual(modules, []);
  workers[1].say(READY);
  assert.deepEqual(modules, ["compiled"]);
});

/** An engine beside the page is there; `asked` is what it was asked, `takes_ms` how long it takes. */
function startedNear() {
  const it = started();
  const near = { asked: [], takes_ms: 0, isBroken: false, modules: [] };
  it.workers[0].say(READY);
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
  // Another worker does not bring it back.
  workers[0].answer({ revision: 3 });
  workers[0].say({ kind: "crash", reason: "unreachable" });
  workers[1].say(READY);
  engine.ask({ revision: 4 });
  workers[1].answer({ revision: 4 });
  engine.ask({ revision: 5 }, true);
  assert.deepEqual([revisions(workers[1]), near.asked], [[4, 5], [2]]);
});
