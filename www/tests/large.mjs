/** Mirror sets of any size, for tests of what takes long. */

const IDMS = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: NAME\nspec:\n  imageDigestMirrors:\n";

/** Entries by number: as short as they get, and with repositories below teams on two mirrors. */
export const ENTRIES = {
  short: (n) => `  - source: registry.example.com/team-${n}\n    mirrors:\n    - mirror.example.com:8443/team-${n}\n`,
  usual(n) {
    const path = `team-${n % 64}/app-${n}`;
    return `  - source: registry.example.com/${path}\n    mirrors:\n    - mirror.lab.example.com:8443/${path}\n    - backup.lab.example.com/${path}\n`;
  },
};

/** Mirror sets of at least a size, in objects of 100 entries. */
export function objects(n_bytes, entryOf) {
  let text = "";
  for (let n = 0; text.length < n_bytes; n += 1) {
    if (n % 100 === 0) text += `${n === 0 ? "" : "---\n"}${IDMS.replace("NAME", `set-${n}`)}`;
    text += entryOf(n);
  }
  return text;
}
