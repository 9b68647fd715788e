/** What people can do, as changes of the state. */

import type { Engine } from "./engine";
import { addAll, asked, pick } from "./inputs";
import type { Fixed, Request, Snapshot, View } from "./snapshot";
import { nameOf, type Actions, type State } from "./state";
import type { Store } from "./store";
import { verify } from "./verify";

/** How long something that was said stays. */
const SAID_MS = 4000;

/** How long what was lost can be put back. */
const LOST_MS = 12_000;

/** The request for a state: what is shown is worked out, and no more. */
export function requestOf(state: State): Request {
  const { revision, files, settings, images, down, view } = state;
  const views = [...new Set<View>(["trace", view, ...(MORE[view] ?? [])])];
  return { revision, files, settings, images: asked(images), down, views };
}

/** What views show of other views: the difference of registries.conf stands below what changes. */
const MORE: Partial<Record<View, readonly View[]>> = { changes: ["conf"] };

/** Whether a change is one of what the engine is asked. */
function matters(change: Partial<State>): boolean {
  return ["files", "settings", "images", "down", "view"].some((name) => name in change);
}

/** Actions on a store; `engine` is asked for fixes only, questions follow from the state. */
export function actionsOn(store: Store, engine: () => Engine): Actions {
  let quiet: ReturnType<typeof setTimeout> | undefined;

  const set = (change: Partial<State>): void => {
    const { revision, files } = store.state();
    const more: Partial<State> = matters(change) ? { revision: revision + 1 } : {};
    if (change.files !== undefined && change.open === undefined) {
      more.open = Math.min(store.state().open, change.files.length - 1);
      if (more.open < 0 && files.length < change.files.length) more.open = 0;
    }
    store.change({ ...change, ...more });
  };

  const say = (said: string, lost: State["lost"] = null): void => {
    clearTimeout(quiet);
    store.change({ said, lost });
    quiet = setTimeout(() => store.change({ said: "", lost: null }), lost === null ? SAID_MS : LOST_MS);
  };

  /** What can be put back, as it is before a loss. */
  const kept = (): NonNullable<State["lost"]> => {
    const { files, open, images, example } = store.state();
    return { files, open, images, example };
  };

  const actions: Actions = {
    set,
    say: (text) => say(text),
    show(place) {
      const state = store.state();
      const open = state.files.findIndex((file) => nameOf(file) === place.file);
      // Each time a new value, so that the same place can be asked for twice.
      const shown = { ...place };
      if (open >= 0) store.change({ open, shown, part: "editor", sheet: false });
      else if (place.file === "registries.conf") {
        // All lines are there only where no difference is shown.
        const picked = { ...state.picked, difference: false };
        set({ view: "conf", shown, picked, part: "view", sheet: false });
      }
    },
    previewFix(finding) {
      const state = store.state();
      const title = finding === null ? "Fix all" : (state.snapshot?.findings[finding]?.fix?.title ?? "Fix");
      if (state.snapshot?.revision !== state.revision) {
        say("the engine is still reading; try again in a moment");
        return;
      }
      void engine()
        .fix({ request: requestOf(state), finding })
        .then((fixed) => showFix(fixed, title));
    },
    replaceTexts(texts) {
      const { files } = store.state();
      const changed = files.map((file) => {
        const text = texts.find((it) => it.file === nameOf(file))?.text;
        return text === undefined ? file : { ...file, text };
      });
      set({ files: changed });
    },
    addFile(file) {
      const { files } = store.state();
      set({ files: [...files, file], open: files.length, part: "editor", dialog: null });
    },
    removeFile(index) {
      const state = store.state();
      const file = state.files[index];
      if (file === undefined) return;
      const lost = kept();
      set({ files: state.files.filter((it) => it !== file), renaming: -1 });
      say(`${file.name} is deleted`, lost);
    },
    explain(code) {
      store.change({ dialog: { kind: "explain", rule: code } });
      if (store.state().rules !== null) return;
      actions.bring(import("../generated/rules"), ({ rules }) => store.change({ rules }));
    },
    openFiles(group) {
      void pick().then((picked) => addAll(picked, group, store.state(), actions));
    },
    load(example) {
      const lost = kept();
      set({
        files: example.files,
        open: example.files.length > 0 ? 0 : -1,
        images: example.images,
        settings: { openshift: example.openshift ?? store.state().about.releases.at(-1) ?? "" },
        down: [],
        view: example.view ?? "trace",
        example: example.name,
        dialog: null,
        finding: -1,
        renaming: -1,
        shown: null,
      });
      say(example.title, lost);
    },
    putBack() {
      const { lost } = store.state();
      if (lost !== null) set({ ...lost });
      say("");
    },
    copy(text, what) {
      navigator.clipboard.writeText(text).then(
        () => say(`${what} is on the clipboard`),
        () => say(`the browser does not let this page copy ${what}`),
      );
    },
    share(what) {
      const ask = (request: Request): Promise<Snapshot | null> => engine().askAside(request);
      actions.bring(import("./share/deeds"), ({ perform }) => void perform(what, store, ask, actions));
    },
    bring(part, use) {
      part.then(use, () => say("a part of the page did not come: look whether it is still served, and reload it"));
    },
    verify() {
      void verify().then((verified) => store.change({ verified }));
    },
  };

  function showFix(fixed: Fixed | null, title: string): void {
    if (fixed === null) return;
    if (fixed.files.length === 0) {
      say(fixed.withheld[0] === undefined ? "there is nothing to fix" : `not fixed: ${fixed.withheld[0].reason}`);
    } else {
      store.change({ dialog: { kind: "fix", fixed, title } });
    }
  }

  return actions;
}
