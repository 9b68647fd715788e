/**
 * Whether a text has credentials in it, in which case no link and no download holds it. Where it
 * is in doubt it says yes. The command line asks `Files::shown` of the core for the same.
 */

const SECRET_KEY =
  /["']?\b(?:auth|auths|password|passwd|token|identitytoken|registrytoken|pullsecret|pull-secret)\b["'\\]*\s*:/i;

const CONFIG_KEY = /\.?dockerconfigjson|\.dockercfg/i;

const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY/;

const USER_OF_URL = /:\/\/[^\s/"'@]+:[^\s/"'@]*@/;

const SECRET_OBJECT = /["']?kind["']?\s*:\s*["']?Secret\b/;

/** Whether reports and links must not show the text. */
export function hasSecrets(text: string): boolean {
  return [SECRET_KEY, CONFIG_KEY, PRIVATE_KEY, USER_OF_URL, SECRET_OBJECT].some((it) => it.test(text));
}
