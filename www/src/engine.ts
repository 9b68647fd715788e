/**
 * The engine's client: one question is with the worker at a time, the newest waits, and answers
 * to older ones are dropped. A worker that is silent for too long, or ends, is started anew.
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

/** What the worker is told: that somebody listens, or a question. */
export type ToWorker = { kind: "hello" } | { kind: "snapshot" | "fix"; json: string };

/** What the worker says: that it can answer, an answer, or why it ended. */
export type FromWorker = { kind: "ready" } | { kind: "answer"; json: string } | { kind: "crash"; reason: string };

export interface EngineListener {
  /** A worker can answer from now on. */
  onReady(): void;
  /** The answer to the newest question. */
  onSnapshot(snapshot: Snapshot): void;
  /** A worker was ended; its question is not asked again by itself, since it could be why. */
  onRestart(reason: string): void;
}

export interface Engine {
  /** Asks for a snapshot; what was asked before and not yet answered is forgotten. */
  ask(request: Request): void;
  /** Asks for a snapshot of something else than the page shows; `null` where there was no answer. */
  askAside(request: Request): Promise<Snapshot | null>;
  /** Asks for texts after fixes; `null` where there was no answer. */
  fix(request: FixRequest): Promise<Fixed | null>;
}

type Question =
  | { kind: "snapshot"; request: Request }
  | { kind: "aside"; request: Request; answer: (snapshot: Snapshot | null) => void }
  | { kind: "fix"; request: FixRequest; answer: (fixed: Fixed | null) => void };

/** Starts a worker at once, so that it loads while the page does. */
export function startEngine(startWorker: () => Worker, listener: EngineListener): Engine {
  let newest: Question | null = null;
  /** What is answered in order, whatever is asked after it. */
  const others: Question[] = [];
  let asked: Question | null = null;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let isReady = false;
  let hasAnswered = false;
  /** `null` where one could not even be loaded, until something is asked again. */
  let worker: Worker | null = start();

  function start(): Worker {
    const started = startWorker();
    isReady = false;
    hasAnswered = false;
    started.onmessage = (event: MessageEvent<FromWorker>) => hear(event.data);
    started.onerror = (event) => {
      event.preventDefault();
      restart(`the engine ended: ${event.message ?? "it could not be loaded"}`);
    };
    // It may have been there before this was, and what it said then was not heard.
    const hello: ToWorker = { kind: "hello" };
    started.postMessage(hello);
    return started;
  }

  function hear(message: FromWorker): void {
    if (message.kind === "ready") {
      isReady = true;
      listener.onReady();
      return;
    }
    if (message.kind === "crash") {
      restart(`the engine ended: ${message.reason}`);
      return;
    }
    clearTimeout(watchdog);
    hasAnswered = true;
    const question = asked;
    asked = null;
    if (question !== null) settle(question, JSON.parse(message.json));
    next();
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
    asked = question;
    worker ??= start();
    const message: ToWorker = { kind: question.kind === "fix" ? "fix" : "snapshot", json: JSON.stringify(question.request) };
    worker.postMessage(message);
    const usual_ms = !hasAnswered ? FIRST_ANSWER_MS : question.kind === "snapshot" ? ANSWER_MS : FIX_MS;
    const limit_ms = usual_ms + Math.round((message.json.length / 2 ** 20) * ANSWER_MS_PER_MIB);
    watchdog = setTimeout(() => restart(`no answer within ${Math.round(limit_ms / 1000)} s`), limit_ms);
  }

  function restart(reason: string): void {
    clearTimeout(watchdog);
    if (worker !== null) {
      worker.onmessage = null;
      worker.onerror = null;
      worker.terminate();
    }
    const question = asked;
    asked = null;
    if (question !== null && question.kind !== "snapshot") question.answer(null);
    const couldLoad = isReady;
    worker = couldLoad ? start() : null;
    listener.onRestart(reason);
    if (couldLoad) next();
  }

  return {
    ask(request) {
      newest = { kind: "snapshot", request };
      next();
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

function isError(answer: unknown): answer is { error: string } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}
