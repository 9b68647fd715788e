/**
 * Private host names replaced by made-up ones: one name by one other everywhere, in texts, in
 * comments and in images. Public registries stay.
 *
 * Words of a host are replaced by words that are as long, so that columns, hosts below a wildcard
 * and lengths stay what they were, and with them what is found.
 */

import type { InputFile } from "../snapshot";

/** Registries that everyone knows; hosts below them are known, too. */
const PUBLIC = [
  "amazonaws.com",
  "azurecr.io",
  "cloudsmith.io",
  "docker.com",
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "icr.io",
  "mcr.microsoft.com",
  "nvcr.io",
  "pkg.dev",
  "quay.io",
  "redhat.com",
  "redhat.io",
  "registry.gitlab.com",
  "registry.k8s.io",
];

/** Groups of APIs, labels and annotations, which look as hosts do. */
const API_GROUPS = [
  "cncf.io",
  "coreos.com",
  "github.com",
  "k8s.io",
  "kubernetes.io",
  "openshift.io",
  "openshift.org",
  "operatorframework.io",
  "pullproof.dev",
];

/** Last parts that say nothing of whose a host is; those of two letters do not, either. */
const PLAIN_ENDS = new Set(
  (
    "app arpa cloud cluster com corp dev edu example gov home info int internal intra intranet invalid io lab lan local " +
    "localdomain localhost mil net org private site svc test"
  ).split(" "),
);

/** Last parts of file names and of code, which are no hosts. */
const FILE_ENDS = new Set(
  "conf crt gz html ini js json key lock log md pem py rs sh sock tar tgz toml ts txt xml yaml yml zip".split(" "),
);

/** A host, or a star and what follows it; what follows the host must not go on as one. */
const HOST =
  /(?<![A-Za-z0-9_.\-/:%])(?:\*\.(?:[A-Za-z0-9_-]+\.)*|(?:[A-Za-z0-9_-]+\.)+)[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*(?![A-Za-z0-9_-])/g;

/** The same behind what may stand before a host and not before a path. */
const HOST_OF_URL = /(?<=:\/\/(?:[^\s/@]*@)?)((?:[A-Za-z0-9_-]+\.)+[A-Za-z][A-Za-z0-9_-]*)/g;

/** A host of one word, which only a port makes one. */
const PORTED = /(?<![A-Za-z0-9_.\-/:%@])([A-Za-z][A-Za-z0-9-]*)(?=:\d{2,5}(?:\/|["']?\s*(?:#|$)))/gm;

const ADDRESS = /(?<![A-Za-z0-9_.-])(\d{1,3}(?:\.\d{1,3}){3})(?![A-Za-z0-9_-]|\.\d)/g;

/** The groups of APIs in lines that name one, which are no hosts whatever they are. */
const API_VERSION = /^\s*-?\s*["']?apiVersion["']?\s*:.*$/;

/** Files and images with made-up names. */
export interface Redacted {
  files: InputFile[];
  images: string;
  down: string[];
  /** How many hosts were replaced. */
  n_hosts: number;
}

/** Replaces private hosts in everything at once. */
export function redact(files: readonly InputFile[], images: string, down: readonly string[]): Redacted {
  const texts = [...files.map((file) => file.text), images, ...down];
  const names = new Names(texts);
  const replaced = texts.map((text) => names.replaceIn(text));
  return {
    files: files.map((file, idx) => ({
      ...file,
      name: names.replaceIn(file.name),
      text: replaced[idx] ?? "",
    })),
    images: replaced[files.length] ?? "",
    down: replaced.slice(files.length + 1),
    n_hosts: names.hosts.size,
  };
}

/** Which name stands for which. */
class Names {
  /** Private hosts, in lower case. */
  readonly hosts = new Set<string>();
  readonly #words = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #addresses = new Map<string, string>();
  /** First parts behind stars: whether others start with them decides what a star stands for. */
  readonly #heads: string[] = [];

  constructor(texts: readonly string[]) {
    for (const text of texts) {
      for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) this.#taken.add(word);
    }
    for (const text of texts) this.#each(text, (host, is_wildcard) => this.#add(host, is_wildcard));
  }

  /** The text with other names. */
  replaceIn(text: string): string {
    return this.#each(text, (host) => (this.hosts.has(host.toLowerCase()) ? this.#fake(host) : host));
  }

  /** Goes through all that may be hosts, and puts something in their place. */
  #each(text: string, replace: (host: string, is_wildcard: boolean) => string | void): string {
    const lines = text.split("\n").map((line) => {
      if (API_VERSION.test(line)) return line;
      return line
        .replace(HOST, (all: string) => {
          const is_wildcard = all.startsWith("*.");
          const host = is_wildcard ? all.slice(2) : all;
          if (!isPrivate(host)) return all;
          return (is_wildcard ? "*." : "") + (replace(host, is_wildcard) ?? host);
        })
        .replace(HOST_OF_URL, (host: string) => (isPrivate(host) ? (replace(host, false) ?? host) : host))
        .replace(PORTED, (host: string) => (host === "localhost" ? host : (replace(host, false) ?? host)))
        .replace(ADDRESS, (address: string) => (isPrivateAddress(address) ? (replace(address, false) ?? address) : address));
    });
    return lines.join("\n");
  }

  #add(host: string, is_wildcard: boolean): void {
    this.hosts.add(host.toLowerCase());
    const head = host.toLowerCase().split(".")[0];
    if (is_wildcard && head !== undefined && !this.#heads.includes(head)) this.#heads.push(head);
  }

  #fake(host: string): string {
    if (/^[\d.]+$/.test(host)) return this.#fakeAddress(host);
    const parts = host.split(".");
    const last = parts.length - 1;
    const fakes = parts.map((part, idx) => {
      const is_plain = idx === last && (part.length === 2 || PLAIN_ENDS.has(part.toLowerCase()));
      return is_plain ? part : this.#fakePart(part);
    });
    return fakes.join(".");
  }

  #fakePart(part: string): string {
    const lower = part.toLowerCase();
    const head = this.#heads.find((it) => it.length < lower.length && lower.startsWith(it));
    const cuts = head === undefined ? [part] : [part.slice(0, head.length), part.slice(head.length)];
    return cuts
      .map((cut, idx) => {
        if (idx === 0 && head !== undefined && (head.length === 2 || PLAIN_ENDS.has(head))) return cut;
        return cut.replace(/[A-Za-z]+/g, (word) => likeCase(this.#fakeWord(word.toLowerCase()), word));
      })
      .join("");
  }

  #fakeWord(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    let number = this.#words.size;
    let fake = spoken(number, word.length);
    // Short words run out; longer ones are then as good, but for columns.
    for (let tries = 0; this.#taken.has(fake); tries += 1) {
      number += 1;
      fake = spoken(number, word.length + (MAX_TRIES < tries ? Math.ceil(tries / MAX_TRIES) : 0));
    }
    this.#taken.add(fake);
    this.#words.set(word, fake);
    return fake;
  }

  #fakeAddress(address: string): string {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const number = this.#addresses.size;
    // Networks for documentation, three of 254 hosts each; after that they come again.
    const network = ["192.0.2", "198.51.100", "203.0.113"][Math.floor(number / 254) % 3] ?? "192.0.2";
    const fake = `${network}.${(number % 254) + 1}`;
    this.#addresses.set(address, fake);
    return fake;
  }
}

/** How often a word of one length is looked for before a longer one is. */
const MAX_TRIES = 500;

const CONSONANTS = "bdfgklmnprstvz";
const VOWELS = "aeiou";

/** The `number`th word of a length that can be said aloud. */
function spoken(number: number, length: number): string {
  // Steps that share no factor with what they count, so that words in a row look different.
  let rest = number * 37 + 11;
  let word = "";
  for (let at = 0; at < length; at += 1) {
    const letters = at % 2 === 0 ? CONSONANTS : VOWELS;
    word += letters.charAt(rest % letters.length);
    rest = Math.floor(rest / letters.length) + at * 7 + number;
  }
  return word;
}

function likeCase(fake: string, word: string): string {
  const letters = [...fake].map((letter, at) => {
    const original = word.charAt(at);
    return original !== "" && original === original.toUpperCase() ? letter.toUpperCase() : letter;
  });
  return letters.join("");
}

function isPrivate(host: string): boolean {
  const lower = host.toLowerCase();
  const end = lower.slice(lower.lastIndexOf(".") + 1);
  const is_known = [...PUBLIC, ...API_GROUPS].some((it) => lower === it || lower.endsWith(`.${it}`));
  return !is_known && !FILE_ENDS.has(end) && 2 <= end.length && !isInCluster(lower);
}

/** Hosts inside of every cluster, which are called alike everywhere. */
function isInCluster(host: string): boolean {
  return host.endsWith(".svc") || host.endsWith(".svc.cluster.local");
}

function isPrivateAddress(address: string): boolean {
  return !/^(?:127\.|0\.0\.0\.0$)/.test(address) && address.split(".").every((part) => Number(part) <= 255);
}
