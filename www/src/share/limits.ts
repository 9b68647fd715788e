/**
 * How much a link may hold. What is over them is neither written nor read; the command line has
 * the same in `crates/pullproof/src/playground.rs`.
 */

/** Characters of a fragment: browsers take addresses of some 2,000,000, Firefox of 1,000,000. */
export const MAX_FRAGMENT_CHARS = 900_000;

/** Bytes of the JSON in it: as much as the engine reads of one text, and the same again. */
export const MAX_JSON_BYTES = 8 << 20;

/** Files: more than any cluster's mirror objects are spread over. */
export const MAX_FILES = 500;

/** Characters of a file's name, which is a path from the command line. */
export const MAX_NAME_CHARS = 300;

/** Characters of the images, one a line: some hundred with digests. */
export const MAX_IMAGES_CHARS = 64_000;

/** Hosts that are said to be down. */
export const MAX_DOWN = 200;

/** Characters of any other text in it. */
export const MAX_WORD_CHARS = 1_000;

/** Characters of what newer pages have put into it, which is kept and not understood. */
export const MAX_KEPT_CHARS = 10_000;

/** Lengths of addresses that chats cut off or refuse: the one is of Teams and older programs. */
export const CHAT_LIMITS = [2_000, 8_000] as const;

/** How long after the last change the address is written, which WebKit allows so often only. */
export const ADDRESS_DELAY_MS = 750;
