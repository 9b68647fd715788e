/**
 * The engine's client: one question is with the worker at a time, the newest waits, and answers
 * to older ones are dropped. A worker that is silent for too long, or ends, is started anew.
 *
 * The first worker has the half of the engine that first questions take, so that the page is there
 * soon. A worker with the whole engine takes its place once somebody does something, or asks what
 * the half lacks.
 *
 * What is typed into small texts is answered beside the page as soon as it can be, without the
 * worker: browsers first paint what a key did before they hand over what a worker says, so that its
 * answer comes a frame later.
 */

import type { Fixed, FixRequest, Request, Snapshot } from "./snapshot";

/** How long an answer may take: no one waits longer for what follows every key. */
export const ANSWER_MS = 1000;

/** How much longer for each MiB of texts, which nobody types. */
export const ANSWER_MS_PER_MIB = 4000;

/** How long fixes may take, each of which is tried by reading everything again. */
export const FIX_MS = 5000;

/** How long the first answer may take, which waits for the engine to be loaded and compiled. */
export const FIRST_ANSWER_MS = 15_000;

/** The longest question that is answered beside the page, in characters: three times 10 KB. */
export const NEAR_CHARS = 32_768;

/**
 * How long the last answer may have taken for the next one to be worked out beside the page: a key's
 * own work and the drawing take as long again, and then it is time for the next frame.
 */
export const NEAR_MS = 6;

/** What the worker is told: that somebody listens, or a question. */
export type ToWorker = { kind: "hello" } | { kind: "snapshot" | "fix"; json: string };

/** What the worker says: that it can answer, an answer, or why it ended. */
export type FromWorker =
  | { kind: "ready"; module: WebAssembly.Module; isWhole: boolean }
  | { kind: "answer"; json: string; took_ms: number }
  /** A question takes what half an engine has not, or would end the whole one, too. */
  | { kind: "lacks" }
  | { kind: "crash"; reason: string };

/** An engine beside the page: a question's answer, at once. */
export type Near = (json: string) => string;

export interface EngineListener {
  /** A worker can answer from now on, with half of the engine or with all of it. */
  onReady(isWhole: boolean): void;
  /** The answer to the newest question. */
  onSnapshot(snapshot: Snapshot): void;
  /** A worker was ended; its question is not asked again by itself, since it could be why. */
  onRestart(reason: string): void;
}

export interface Engine {
  /**
   * Asks for a snapshot; what was asked before and not yet answered is forgotten. What was only
   * typed may be answered before this returns.
   */
  ask(request: Request, isTyped?: boolean): void;
  /** Loads the whole engine, unless it is there. */
  complete(): void;
  /**
   * Has short answers worked out beside the page as soon as the whole engine is there, by what its
   * worker has compiled.
   */
  takeNear(nearOf: (module: WebAssembly.Module) => Near): void;
  /** Asks for a snapshot of something else than the page shows; `null` where there was no answer. */
  askAside(request: Request): Promise<Snapshot | null>;
  /** Asks for texts after fixes; `null` where there was no answer. */
  fix(request: FixRequest): Promise<Fixed | null>;
}

type Question =
  | { kind: "snapshot"; request: Request }
  | { kind: "aside"; request: Request; answer: (snapshot: Snapshot | null) => void }
  | { kind: "fix"; request: FixRequest; answer: (fixed: Fixed | null) => void };

/** A question that is with a worker, as it was put. */
interface Asked {
  question: Question;
  json: string;
}

/** Starts a worker at once, so that it loads while the page does; it may have half of the engine. */
export function startEngine(startWorker: (isWhole: boolean) => Worker, listener: EngineListener): Engine {
  let newest: Question | null = null;
  /** What is answered in order, whatever is asked after it. */
  const others: Question[] = [];
  let asked: Asked | null = null;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  /** The whole engine, compiled. */
  let module: WebAssembly.Module | null = null;
  let nearOf: ((module: WebAssembly.Module) => Near) | null = null;
  let near: Near | null = null;
  /** Whether the engine beside the page has ended: nobody can start it anew. */
  let isNearEnded = false;
  /** How long the last answer took, whoever gave it. */
  let took_ms = Infinity;
  let isReady = false;
  let isWhole = false;
  let hasAnswered = false;
  /** Whether the worker lacks what it was asked for, and answers no more. */
  let isLacking = false;
  /** What takes the worker's place when it is ready, with the whole engine. */
  let successor: { worker: Worker; isReady: boolean } | null = null;
  /** `null` where one could not even be loaded, until something is asked again. */
  let worker: Worker | null = start();

  function start(): Worker {
    const started = startWorker(isWhole);
    isReady = false;
    hasAnswered = false;
    isLacking = false;
    listen(started, hear, restart);
    return started;
  }

  function hear(message: FromWorker): void {
    if (message.kind === "ready") {
      isReady = true;
      if (message.isWhole) {
        isWhole = true;
        module = message.module;
        setNear();
      }
      listener.onReady(message.isWhole);
      return;
    }
    if (message.kind === "lacks") {
      isLacking = true;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => restart(told(FIRST_ANSWER_MS)), FIRST_ANSWER_MS);
      complete();
      // It may have waited for this answer.
      succeed();
      return;
    }
    if (message.kind === "crash") {
      restart(ended(message.reason));
      return;
    }
    clearTimeout(watchdog);
    hasAnswered = true;
    took_ms = message.took_ms;
    const question = asked?.question;
    asked = null;
    if (question !== undefined) settle(question, JSON.parse(message.json));
    succeed();
    next();
  }

  function complete(): void {
    if (isWhole || successor !== null) return;
    const it = { worker: startWorker(true), isReady: false };
    successor = it;
    const hearSuccessor = (message: FromWorker): void => {
      // It is asked nothing before it has its place.
      if (message.kind === "crash") return fail(ended(message.reason));
      it.isReady = true;
      succeed();
    };
    const fail = (reason: string): void => {
      quit();
      if (isLacking) restart(reason);
    };
    listen(it.worker, hearSuccessor, fail);
  }

  /** Puts the successor in its place, if it is ready and the worker owes no answer. */
  function succeed(): void {
    if (successor === null || !successor.isReady || (asked !== null && !isLacking)) return;
    if (worker !== null) end(worker);
    worker = successor.worker;
    successor = null;
    isWhole = true;
    hasAnswered = false;
    // It says once more that it is ready, and what it has compiled.
    listen(worker, hear, restart);
    if (isLacking && asked !== null) put(worker, asked);
    isLacking = false;
  }

  function quit(): void {
    if (successor !== null) end(successor.worker);
    successor = null;
  }

  function settle(question: Question, answer: unknown): void {
    if (isError(answer)) {
      listener.onRestart(`the engine could not read the question: ${answer.error}`);
      if (question.kind !== "snapshot") question.answer(null);
    } else if (question.kind === "aside") {
      question.answer(answer as Snapshot);
    } else if (question.kind === "fix") {
      question.answer(answer as Fixed);
    } else if (newest === null) {
      listener.onSnapshot(answer as Snapshot);
    }
  }

  function next(): void {
    if (asked !== null) return;
    const question = others.shift() ?? newest;
    if (question === null || question === undefined) return;
    if (question === newest) newest = null;
    worker ??= start();
    put(worker, { question, json: JSON.stringify(question.request) });
  }

  /** Hands a worker a question, and waits no longer for the answer than it may take. */
  function put(to: Worker, it: Asked): void {
    asked = it;
    const { question, json } = it;
    const message: ToWorker = { kind: question.kind === "fix" ? "fix" : "snapshot", json };
    to.postMessage(message);
    const usual_ms = !hasAnswered ? FIRST_ANSWER_MS : question.kind === "snapshot" ? ANSWER_MS : FIX_MS;
    const limit_ms = usual_ms + Math.round((json.length / 2 ** 20) * ANSWER_MS_PER_MIB);
    clearTimeout(watchdog);
    watchdog = setTimeout(() => restart(told(limit_ms)), limit_ms);
  }

  function restart(reason: string): void {
    clearTimeout(watchdog);
    if (worker !== null) end(worker);
    // It is what is waited for.
    if (isLacking) quit();
    const question = asked?.question;
    asked = null;
    if (question !== undefined && question.kind !== "snapshot") question.answer(null);
    const couldLoad = isReady;
    worker = couldLoad ? start() : null;
    listener.onRestart(reason);
    if (couldLoad) next();
  }

  function setNear(): void {
    if (near === null && !isNearEnded && module !== null && nearOf !== null) near = nearOf(module);
  }

  /** Whether a question was answered here and now. */
  function isAnsweredNear(request: Request): boolean {
    if (near === null || NEAR_MS < took_ms) return false;
    const json = JSON.stringify(request);
    if (NEAR_CHARS < json.length) return false;
    const start = performance.now();
    let answer: string;
    try {
      answer = near(json);
    } catch {
      // What ends an engine is for the worker to end with, which is started anew.
      near = null;
      isNearEnded = true;
      return false;
    }
    took_ms = performance.now() - start;
    newest = null;
    settle({ kind: "snapshot", request }, JSON.parse(answer));
    return true;
  }

  return {
    ask(request, isTyped = false) {
      if (isTyped && isAnsweredNear(request)) return;
      newest = { kind: "snapshot", request };
      next();
    },
    complete,
    takeNear(of) {
      nearOf = of;
      setNear();
    },
    askAside(request) {
      return new Promise((answer) => {
        others.push({ kind: "aside", request, answer });
        next();
      });
    },
    fix(request) {
      return new Promise((answer) => {
        others.push({ kind: "fix", request, answer });
        next();
      });
    },
  };
}

/** Hears a worker, or that it ended. */
function listen(worker: Worker, hear: (message: FromWorker) => void, fail: (reason: string) => void): void {
  worker.onmessage = (event: MessageEvent<FromWorker>) => hear(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    fail(ended(event.message ?? "it could not be loaded"));
  };
  // It may have been there before this was, and what it said then was not heard.
  const hello: ToWorker = { kind: "hello" };
  worker.postMessage(hello);
}

function end(worker: Worker): void {
  worker.onmessage = null;
  worker.onerror = null;
  worker.terminate();
}

function ended(reason: string): string {
  return `the engine ended: ${reason}`;
}

function told(limit_ms: number): string {
  return `no answer within ${Math.round(limit_ms / 1000)} s`;
}

function isError(answer: unknown): answer is { error: string } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
